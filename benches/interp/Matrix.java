/** Products of matrices, of doubles and of ints. */
public class Matrix {
    static double[][] product(double[][] a, double[][] b) {
        int n = a.length;
        double[][] c = new double[n][n];
        for (int i = 0; i < n; i++) {
            double[] row = c[i];
            for (int k = 0; k < n; k++) {
                double x = a[i][k];
                double[] other = b[k];
                for (int j = 0; j < n; j++) {
                    row[j] += x * other[j];
                }
            }
        }
        return c;
    }

    public static void main(String[] args) {
        int n = 340;
        double[][] a = new double[n][n];
        int[][] b = new int[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                a[i][j] = (i * 7 + j * 3) % 11 / 11.0;
                b[i][j] = i ^ j;
            }
        }
        double[][] c = product(product(a, a), a);
        double trace = 0;
        long sum = 0;
        for (int i = 0; i < n; i++) {
            trace += c[i][i];
            for (int j = 0; j < n; j++) {
                int dot = 0;
                for (int k = 0; k < n; k++) {
                    dot += b[i][k] * b[k][j];
                }
                sum = sum * 3 + dot;
            }
        }
        System.out.println(trace + " " + sum);
    }
}
