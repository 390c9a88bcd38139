import java.util.*;
import org.hibernate.*;
import org.hibernate.cfg.Configuration;

/** An object-relational mapper on a database, lazily loaded proxies and all. */
public class DPersist {
    @javax.persistence.Entity(name = "Author")
    public static class Author {
        @javax.persistence.Id @javax.persistence.GeneratedValue private Long id;
        private String name;
        @javax.persistence.OneToMany(mappedBy = "author", cascade = javax.persistence.CascadeType.ALL)
        private List<Book> books = new ArrayList<>();
        @javax.persistence.Version private int version;
        public Author() { }
        Author(String n) { name = n; }
        public Long getId() { return id; }
        public String getName() { return name; }
        public void setName(String n) { name = n; }
        public List<Book> getBooks() { return books; }
    }

    @javax.persistence.Entity(name = "Book")
    public static class Book {
        @javax.persistence.Id @javax.persistence.GeneratedValue private Long id;
        private String title;
        @javax.persistence.ManyToOne(fetch = javax.persistence.FetchType.LAZY) private Author author;
        public Book() { }
        Book(String t, Author a) { title = t; author = a; }
        public String getTitle() { return title; }
        public Author getAuthor() { return author; }
    }

    public static void main(String[] a) {
        Configuration c = new Configuration();
        c.setProperty("hibernate.connection.url", "jdbc:hsqldb:mem:p").setProperty("hibernate.connection.driver_class", "org.hsqldb.jdbc.JDBCDriver")
            .setProperty("hibernate.connection.username", "sa").setProperty("hibernate.connection.password", "")
            .setProperty("hibernate.dialect", "org.hibernate.dialect.HSQLDialect").setProperty("javax.persistence.validation.mode", "none").setProperty("hibernate.hbm2ddl.auto", "create");
        c.addAnnotatedClass(Author.class).addAnnotatedClass(Book.class);
        SessionFactory f = c.buildSessionFactory();
        Session s = f.openSession();
        Transaction t = s.beginTransaction();
        for (int i = 0; i < 5; i++) {
            Author x = new Author("author " + i);
            for (int k = 0; k < i; k++) x.getBooks().add(new Book("book " + i + "." + k, x));
            s.save(x);
        }
        t.commit();
        s.close();
        s = f.openSession();
        Book b = (Book) s.createQuery("from Book where title like '%3.1'").uniqueResult();
        System.out.println(b.getTitle() + " " + Hibernate.isInitialized(b.getAuthor()) + " " + b.getAuthor().getName() + " " + Hibernate.isInitialized(b.getAuthor()) + " " + b.getAuthor().getBooks().size());
        for (Object row : s.createQuery("select a.name, count(b) from Author a left join a.books b group by a.name order by a.name").list()) System.out.println(Arrays.toString((Object[]) row));
        t = s.beginTransaction();
        b.getAuthor().setName("renamed");
        t.commit();
        s.close();
        s = f.openSession();
        System.out.println(s.createQuery("select a.name from Author a where a.version > 0").list());
        s.close();
        f.close();
    }
}
