import java.util.*;
import java.util.concurrent.*;
import javax.jms.*;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.BrokerService;

/** A message broker in the process: over TCP and within, queues, topics, transactions, selectors. */
public class DQueue {
    public static void main(String[] a) throws Exception {
        BrokerService broker = new BrokerService();
        broker.setBrokerName("b");
        broker.setPersistent(false);
        broker.setUseJmx(false);
        broker.setDataDirectory("o/amq");
        String at = broker.addConnector("tcp://127.0.0.1:0").getPublishableConnectString();
        broker.start();
        broker.waitUntilStarted();
        Connection c = new ActiveMQConnectionFactory(at).createConnection();
        c.start();
        Session s = c.createSession(false, Session.AUTO_ACKNOWLEDGE);
        javax.jms.Queue q = s.createQueue("q");
        MessageProducer p = s.createProducer(q);
        for (int i = 0; i < 100; i++) {
            TextMessage m = s.createTextMessage("m" + i);
            m.setIntProperty("n", i);
            p.send(m);
        }
        MessageConsumer odd = s.createConsumer(q, "n >= 90 AND n <> 95");
        StringBuilder got = new StringBuilder();
        for (int i = 0; i < 9; i++) got.append(((TextMessage) odd.receive(20000)).getText()).append(' ');
        System.out.println(got);
        odd.close();
        Session tx = c.createSession(true, Session.SESSION_TRANSACTED);
        MessageConsumer r = tx.createConsumer(q);
        System.out.println(((TextMessage) r.receive(20000)).getText());
        tx.rollback();
        Message again = r.receive(20000);
        System.out.println(((TextMessage) again).getText() + " " + again.getJMSRedelivered());
        tx.commit();
        r.close();
        Connection in = new ActiveMQConnectionFactory("vm://b?create=false").createConnection();
        in.start();
        Session t = in.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Topic topic = t.createTopic("t");
        CountDownLatch seen = new CountDownLatch(20);
        for (int i = 0; i < 2; i++) {
            Session listening = in.createSession(false, Session.AUTO_ACKNOWLEDGE);
            listening.createConsumer(topic).setMessageListener(m -> seen.countDown());
        }
        MessageProducer tp = s.createProducer(s.createTopic("t"));
        for (int i = 0; i < 10; i++) tp.send(s.createMapMessage());
        System.out.println(seen.await(30, TimeUnit.SECONDS));
        in.close();
        c.close();
        broker.stop();
        System.out.println(broker.isStopped());
        System.exit(0);
    }
}
