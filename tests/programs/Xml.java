import java.io.StringReader;
import java.io.StringWriter;
import java.io.ByteArrayInputStream;
import java.util.*;
import java.util.concurrent.Callable;
import javax.xml.parsers.*;
import javax.xml.stream.*;
import javax.xml.transform.*;
import javax.xml.transform.dom.*;
import javax.xml.transform.stream.*;
import javax.xml.xpath.*;
import javax.xml.validation.*;
import org.w3c.dom.*;
import org.xml.sax.*;
import org.xml.sax.helpers.DefaultHandler;

/** The XML library: parsers of three kinds, paths, style sheets, schemas, and what they say about faults. */
public class Xml {
    static final String DOCUMENT = """
            <?xml version="1.0" encoding="UTF-8"?>
            <!DOCTYPE shop [<!ENTITY who "A &amp; B"> <!ELEMENT shop ANY>]>
            <shop xmlns:p="urn:price" owner="&who;"><!-- stock -->
              <item id="1" p:of="3.50"><name>Tea &lt;green&gt;</name></item>
              <item id="2" p:of="12"><name><![CDATA[Pot & lid]]></name><?hint fragile?></item>
              <item id="3" p:of="0.75"><name>Caf\u00e9 \u20ac \ud83d\ude00</name></item>
            </shop>
            """;

    static void show(String what, Callable<?> act) {
        try {
            System.out.println(what + ": " + act.call());
        } catch (Throwable e) {
            System.out.println(what + ": " + e.getClass().getName() + ": " + e.getMessage());
        }
    }

    static Document parse(String text) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        DocumentBuilder builder = factory.newDocumentBuilder();
        builder.setErrorHandler(new DefaultHandler() {
            public void error(SAXParseException e) { System.out.println("error " + e.getLineNumber() + ": " + e.getMessage()); }
            public void fatalError(SAXParseException e) throws SAXException { throw e; }
        });
        return builder.parse(new InputSource(new StringReader(text)));
    }

    static String print(Node node, boolean indent) throws Exception {
        Transformer t = TransformerFactory.newInstance().newTransformer();
        t.setOutputProperty(OutputKeys.INDENT, indent ? "yes" : "no");
        StringWriter out = new StringWriter();
        t.transform(new DOMSource(node), new StreamResult(out));
        return out.toString();
    }

    static void sax() throws Exception {
        SAXParserFactory factory = SAXParserFactory.newInstance();
        factory.setNamespaceAware(true);
        StringBuilder seen = new StringBuilder();
        factory.newSAXParser().parse(new ByteArrayInputStream(DOCUMENT.getBytes("UTF-8")), new DefaultHandler() {
            public void startElement(String uri, String local, String name, Attributes a) {
                seen.append('<').append(local);
                for (int i = 0; i < a.getLength(); i++) {
                    seen.append(' ').append('{').append(a.getURI(i)).append('}').append(a.getLocalName(i)).append('=').append(a.getValue(i));
                }
            }
            public void characters(char[] text, int at, int length) { seen.append(new String(text, at, length).strip()); }
            public void processingInstruction(String target, String data) { seen.append('?').append(target).append(data); }
        });
        System.out.println(seen);
    }

    static void stax() throws Exception {
        XMLStreamReader in = XMLInputFactory.newInstance().createXMLStreamReader(new StringReader(DOCUMENT));
        StringBuilder events = new StringBuilder();
        while (in.hasNext()) {
            int event = in.next();
            events.append(event).append(in.isStartElement() || in.isEndElement() ? in.getLocalName() : "").append(' ');
        }
        System.out.println(events);
        StringWriter text = new StringWriter();
        XMLStreamWriter out = XMLOutputFactory.newInstance().createXMLStreamWriter(text);
        out.writeStartDocument();
        out.writeStartElement("p", "list", "urn:list");
        out.writeNamespace("p", "urn:list");
        for (int i = 0; i < 3; i++) {
            out.writeEmptyElement("urn:list", "e");
            out.writeAttribute("n", "<" + i + "&\">");
        }
        out.writeCharacters("a < b & c > d");
        out.writeEndDocument();
        out.close();
        System.out.println(text);
    }

    static void paths(Document document) throws Exception {
        XPath path = XPathFactory.newInstance().newXPath();
        for (String e : List.of("count(//item)", "sum(//@*[local-name()='of'])", "//item[@id=2]/name", "string(/shop/@owner)",
                "//item[position()=last()]/name/text()", "translate(//item[1]/name,'e','E')", "round(7.5) div 0", "boolean(//nothing)",
                "concat(name(/*), '-', substring('abcdef', 2, 3))", "//item[", "unknown(1)")) {
            show(e, () -> path.evaluate(e, document));
        }
        NodeList nodes = (NodeList) path.evaluate("//item[@id > 1]", document, XPathConstants.NODESET);
        System.out.println(nodes.getLength() + " " + nodes.item(0).getAttributes().getNamedItemNS("urn:price", "of").getNodeValue());
    }

    static void styles(Document document) throws Exception {
        String style = """
                <xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:p="urn:price" exclude-result-prefixes="p">
                  <xsl:output method="html" indent="yes"/>
                  <xsl:param name="title" select="'none'"/>
                  <xsl:key name="by-id" match="item" use="@id"/>
                  <xsl:template match="/shop"><html><h1><xsl:value-of select="$title"/></h1>
                    <xsl:for-each select="item"><xsl:sort select="@p:of" data-type="number" order="descending"/>
                      <p n="{position()}"><xsl:apply-templates select="name"/>: <xsl:value-of select="format-number(@p:of, '#,##0.00')"/></p>
                    </xsl:for-each><xsl:call-template name="count"><xsl:with-param name="n" select="3"/></xsl:call-template>
                    <xsl:value-of select="key('by-id', 2)/name"/></html></xsl:template>
                  <xsl:template match="name"><b><xsl:value-of select="."/></b></xsl:template>
                  <xsl:template name="count"><xsl:param name="n"/><xsl:if test="$n &gt; 0"><i><xsl:value-of select="$n"/></i>
                    <xsl:call-template name="count"><xsl:with-param name="n" select="$n - 1"/></xsl:call-template></xsl:if></xsl:template>
                </xsl:stylesheet>
                """;
        Templates templates = TransformerFactory.newInstance().newTemplates(new StreamSource(new StringReader(style)));
        for (String title : List.of("first", "second <&>")) {
            Transformer t = templates.newTransformer();
            t.setParameter("title", title);
            StringWriter out = new StringWriter();
            t.transform(new DOMSource(document), new StreamResult(out));
            System.out.println(out);
        }
    }

    static void schemas() throws Exception {
        String schema = """
                <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a"><xs:complexType><xs:sequence>
                <xs:element name="n" type="xs:int" maxOccurs="2"/></xs:sequence><xs:attribute name="d" type="xs:date" use="required"/>
                </xs:complexType></xs:element></xs:schema>
                """;
        Schema s = SchemaFactory.newInstance("http://www.w3.org/2001/XMLSchema").newSchema(new StreamSource(new StringReader(schema)));
        for (String text : List.of("<a d='2020-02-29'><n>1</n></a>", "<a d='2021-02-29'><n>1</n></a>", "<a><n>x</n></a>", "<a d='2020-01-01'><n>1</n><n>2</n><n>3</n></a>")) {
            show(text, () -> { s.newValidator().validate(new StreamSource(new StringReader(text))); return "valid"; });
        }
    }

    public static void main(String[] args) throws Exception {
        Document document = parse(DOCUMENT);
        System.out.println(print(document, false));
        sax();
        stax();
        paths(document);
        styles(document);
        schemas();
        for (String text : List.of("<a><b></a>", "<a>&nothing;</a>", "<a x='1' x='2'/>", "", "<a>\u0001</a>", "<a/><b/>", "<p:a/>")) {
            show(text, () -> print(parse(text), true));
        }
    }
}
