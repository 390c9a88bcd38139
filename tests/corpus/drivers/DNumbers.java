import cern.colt.matrix.impl.DenseDoubleMatrix2D;
import cern.colt.matrix.linalg.*;
import java.util.*;
import org.apfloat.*;
import org.ejml.simple.SimpleMatrix;
import org.jgrapht.Graph;
import org.jgrapht.alg.shortestpath.DijkstraShortestPath;
import org.jgrapht.alg.spanning.KruskalMinimumSpanningTree;
import org.jgrapht.graph.*;
import org.locationtech.jts.geom.*;
import org.locationtech.jts.io.WKTReader;

/** Matrices, geometry, graphs and many digits: what floating point must get exactly as the platform does. */
public class DNumbers {
    public static void main(String[] a) throws Exception {
        Random random = new Random(3);
        double[][] data = new double[12][12];
        for (double[] row : data) for (int i = 0; i < 12; i++) row[i] = random.nextGaussian();
        SimpleMatrix m = new SimpleMatrix(data);
        System.out.println("ejml " + m.determinant() + " " + m.invert().trace() + " " + m.svd().getSingleValue(0) + " " + m.mult(m.transpose()).eig().getEigenvalue(0));
        Algebra algebra = new Algebra();
        DenseDoubleMatrix2D d = new DenseDoubleMatrix2D(data);
        System.out.println("colt " + algebra.det(d) + " " + algebra.normF(algebra.inverse(d)) + " " + new EigenvalueDecomposition(d).getRealEigenvalues().zSum());
        System.out.println("apfloat " + ApfloatMath.pi(400).toString().substring(380) + " " + ApfloatMath.exp(new Apfloat("1.5", 60)) + " " + ApintMath.factorial(200).toString().hashCode());
        Geometry g = new WKTReader().read("POLYGON((0 0,10 0,10 10,0 10,0 0),(2 2,2 4,4 4,4 2,2 2))");
        Geometry buffer = new WKTReader().read("LINESTRING(-5 5,15 6,8 20)").buffer(1.25);
        System.out.println("jts " + g.intersection(buffer).getArea() + " " + g.union(buffer).getLength() + " " + buffer.getNumPoints() + " " + g.convexHull() + " " + g.relate(buffer));
        Graph<Integer, DefaultWeightedEdge> graph = new SimpleWeightedGraph<>(DefaultWeightedEdge.class);
        for (int i = 0; i < 200; i++) graph.addVertex(i);
        for (int i = 0; i < 900; i++) {
            int x = random.nextInt(200), y = random.nextInt(200);
            if (x == y || graph.containsEdge(x, y)) continue;
            graph.setEdgeWeight(graph.addEdge(x, y), random.nextDouble());
        }
        System.out.println("jgrapht " + DijkstraShortestPath.findPathBetween(graph, 0, 150) .getVertexList() + " " + new KruskalMinimumSpanningTree<>(graph).getSpanningTree().getWeight());
    }
}
