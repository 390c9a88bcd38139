data class Item(val name: String, val price: Double)
sealed class Expr { data class Num(val v: Int) : Expr(); data class Sum(val a: Expr, val b: Expr) : Expr() }
fun eval(e: Expr): Int = when (e) { is Expr.Num -> e.v; is Expr.Sum -> eval(e.a) + eval(e.b) }
inline fun <reified T> count(l: List<Any>): Int = l.count { it is T }
fun fibs() = sequence { var a = 0L; var b = 1L; while (true) { yield(a); val c = a + b; a = b; b = c } }
fun main() {
    val items = listOf(Item("a", 2.5), Item("b", 1.0), Item("c", 4.25))
    println(items.sortedBy { it.price }.joinToString { it.name } + " " + items.sumByDouble { it.price })
    println(eval(Expr.Sum(Expr.Num(3), Expr.Sum(Expr.Num(4), Expr.Num(5)))))
    println(count<String>(listOf(1, "x", 2.0, "y")))
    println(fibs().take(20).toList())
    val (n, p) = items[0].copy(price = 9.0)
    println("$n $p ${items.groupBy { it.price > 2 }.mapValues { it.value.size }}")
    val s: String? = null
    println(s?.length ?: -1)
    try { s!!.length } catch (e: NullPointerException) { println("npe") }
}
