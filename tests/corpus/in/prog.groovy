import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import groovy.transform.Canonical
import groovy.transform.CompileStatic
import groovy.xml.MarkupBuilder

@Canonical class Point { int x, y; Point plus(Point o) { new Point(x + o.x, y + o.y) } }

@CompileStatic class Sieve {
    static List<Integer> upTo(int n) {
        boolean[] composite = new boolean[n + 1]
        List<Integer> found = []
        for (int i = 2; i <= n; i++) {
            if (!composite[i]) { found << i; for (int j = i * 2; j <= n; j += i) composite[j] = true }
        }
        found
    }
}

trait Named { String name; String hello() { "hello $name" } }
class Person implements Named, Comparable<Person> { int compareTo(Person o) { name <=> o.name } }

println(new Point(1, 2) + new Point(3, 4))
println(Sieve.upTo(60))
println([new Person(name: 'zoe'), new Person(name: 'adam')].sort()*.hello())
println((1..10).collect { it ** 2 }.findAll { it % 2 == 0 }.inject(0) { a, b -> a + b })
def fib; fib = { n -> n < 2 ? n : fib(n - 1) + fib(n - 2) }.memoize()
println(fib(50))
def json = JsonOutput.toJson([a: [1, 2, [b: 'c']], d: null])
println(json + ' ' + new JsonSlurper().parseText(json).a[2].b)
String.metaClass.shout = { -> delegate.toUpperCase() + '!' }
println('meta'.shout())
def w = new StringWriter()
new MarkupBuilder(w).list { (1..3).each { n -> item(id: n, "i$n") } }
println(w)
println('a1b22c333'.findAll(/\d+/)*.toInteger().sum())
switch ([1, 2]) { case List: println('list'); break; default: println('no') }
try { null.foo() } catch (NullPointerException e) { println(e.message) }
try { new Point(1, 2).nothing() } catch (MissingMethodException e) { println(e.message.readLines()[0]) }
println(evaluate('def x = 20; (1..x).sum { it * 1.5 }'))
println(12345678901234567890G.pow(3) + ' ' + (10 / 4) + ' ' + 1.1 * 3)
