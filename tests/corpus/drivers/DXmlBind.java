import java.io.*;
import java.util.*;
import javax.xml.bind.*;
import javax.xml.bind.annotation.*;
import javax.xml.transform.stream.StreamSource;
import net.sf.saxon.s9api.*;

/** Objects bound to XML, and XSLT 3 and XPath over what comes out. */
public class DXmlBind {
    public enum Size { @XmlEnumValue("s") SMALL, @XmlEnumValue("l") LARGE }

    @XmlRootElement(name = "box")
    @XmlAccessorType(XmlAccessType.FIELD)
    @XmlType(propOrder = {"note", "items"})
    public static class Box {
        @XmlAttribute(required = true) int id;
        @XmlAttribute Size size = Size.LARGE;
        String note;
        @XmlElementWrapper(name = "items") @XmlElements({@XmlElement(name = "nail", type = Nail.class), @XmlElement(name = "item", type = Item.class)})
        List<Item> items = new ArrayList<>();
    }

    public static class Item { @XmlValue public String text; public Item() { } Item(String t) { text = t; } }
    public static class Nail extends Item { @XmlAttribute public double length = 2.5; public Nail() { } Nail(String t) { super(t); } }

    public static void main(String[] a) throws Exception {
        JAXBContext context = JAXBContext.newInstance(Box.class);
        Box b = new Box();
        b.id = 7;
        b.note = "a < b & é";
        for (int i = 0; i < 6; i++) b.items.add(i % 2 == 0 ? new Nail("n" + i) : new Item("i" + i));
        Marshaller m = context.createMarshaller();
        m.setProperty(Marshaller.JAXB_FORMATTED_OUTPUT, true);
        StringWriter w = new StringWriter();
        m.marshal(b, w);
        System.out.println(w);
        Box r = (Box) context.createUnmarshaller().unmarshal(new StringReader(w.toString()));
        System.out.println(r.id + " " + r.size + " " + r.note + " " + r.items.size() + " " + r.items.get(2).getClass().getSimpleName());
        Processor p = new Processor(false);
        XdmNode doc = p.newDocumentBuilder().build(new StreamSource(new StringReader(w.toString())));
        XPathCompiler x = p.newXPathCompiler();
        System.out.println(x.evaluate("string-join(for $n in //nail return upper-case($n), '-') || sum(//nail/@length) || string-join((1 to 5)[. mod 2 = 1] ! string(), '')", doc));
        String sheet = "<xsl:stylesheet version='3.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'><xsl:output method='text'/><xsl:template match='/'><xsl:for-each-group select='//items/*' group-by='name()'><xsl:value-of select=\"current-grouping-key(), count(current-group()), map{'k': 3}('k'), format-number(1234.5, '#,##0.00')\"/>;</xsl:for-each-group></xsl:template></xsl:stylesheet>";
        Xslt30Transformer t = p.newXsltCompiler().compile(new StreamSource(new StringReader(sheet))).load30();
        t.applyTemplates(doc, p.newSerializer(System.out));
        System.out.println();
    }
}
