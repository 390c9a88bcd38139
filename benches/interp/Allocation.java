/** Many small objects, most of them short-lived: trees that are built, counted and dropped. */
public class Allocation {
    static final class Tree {
        final Tree left;
        final Tree right;

        Tree(Tree left, Tree right) {
            this.left = left;
            this.right = right;
        }

        int count() {
            return left == null ? 1 : 1 + left.count() + right.count();
        }
    }

    static Tree build(int depth) {
        return depth == 0 ? new Tree(null, null) : new Tree(build(depth - 1), build(depth - 1));
    }

    public static void main(String[] args) {
        Tree kept = build(16);
        long sum = 0;
        for (int round = 0; round < 120; round++) {
            for (int i = 0; i < 16; i++) {
                sum += build(12).count();
            }
            int[][] rows = new int[200][];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = new int[i];
                sum += rows[i].length;
            }
        }
        System.out.println(sum + kept.count());
    }
}
