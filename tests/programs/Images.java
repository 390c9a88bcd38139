// vm: -Djava.awt.headless=true
import java.awt.Color;
import java.awt.Dimension;
import java.awt.Insets;
import java.awt.Point;
import java.awt.Rectangle;
import java.awt.geom.AffineTransform;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.PathIterator;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import javax.imageio.ImageIO;

/** AWT's values and images in memory, which need no screen and nothing native. */
public class Images {
    public static void main(String[] arguments) throws Exception {
        geometry();
        for (int type : new int[] {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB, BufferedImage.TYPE_3BYTE_BGR,
            BufferedImage.TYPE_BYTE_INDEXED, BufferedImage.TYPE_USHORT_565_RGB, BufferedImage.TYPE_BYTE_BINARY}) {
            image(type);
        }
    }

    static void geometry() {
        Rectangle r = new Rectangle(1, 2, 30, 40).intersection(new Rectangle(new Point(10, 10), new Dimension(50, 5)));
        System.out.println(r + " " + new Insets(1, 2, 3, 4) + " " + r.contains(12, 12));
        System.out.println(Color.RED.darker() + " " + Arrays.toString(Color.RGBtoHSB(10, 200, 30, null)) + " " + new Color(1, 2, 3, 4).getAlpha());
        Area area = new Area(new Ellipse2D.Double(0, 0, 10, 10));
        area.subtract(new Area(new Rectangle(3, 3, 20, 4)));
        int segments = 0;
        for (PathIterator i = area.getPathIterator(AffineTransform.getRotateInstance(0.5)); !i.isDone(); i.next()) {
            segments++;
        }
        System.out.println(segments + " " + area.getBounds2D());
    }

    static void image(int type) throws Exception {
        BufferedImage image = new BufferedImage(20, 10, type);
        for (int y = 0; y < 10; y++) {
            for (int x = 0; x < 20; x++) {
                image.setRGB(x, y, 0xff000000 | x * 12 << 16 | y * 25 << 8 | x * y);
            }
        }
        WritableRaster raster = image.getRaster();
        raster.setDataElements(0, 0, raster.getDataElements(5, 5, null));
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        System.out.print(type + " " + ImageIO.write(image, "png", png) + " ");
        BufferedImage again = ImageIO.read(new ByteArrayInputStream(png.toByteArray()));
        int[] before = image.getRGB(0, 0, 20, 10, null, 0, 20);
        System.out.println(Arrays.hashCode(before) + " " + Arrays.equals(before, again.getRGB(0, 0, 20, 10, null, 0, 20))
            + " " + again.getWidth() + "x" + again.getHeight() + " " + (raster.getDataBuffer() instanceof DataBufferInt));
    }
}
