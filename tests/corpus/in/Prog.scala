import scala.collection.mutable
import scala.concurrent.{Await, Future}
import scala.concurrent.duration._
import scala.concurrent.ExecutionContext.Implicits.global

sealed trait Tree[+A]
case class Node[A](l: Tree[A], v: A, r: Tree[A]) extends Tree[A]
case object Leaf extends Tree[Nothing]

object Prog {
  def insert[A](t: Tree[A], x: A)(implicit o: Ordering[A]): Tree[A] = t match {
    case Leaf => Node(Leaf, x, Leaf)
    case Node(l, v, r) if o.lt(x, v) => Node(insert(l, x), v, r)
    case Node(l, v, r) => Node(l, v, insert(r, x))
  }
  def list[A](t: Tree[A]): List[A] = t match { case Leaf => Nil; case Node(l, v, r) => list(l) ++ (v :: list(r)) }
  lazy val primes: Stream[Int] = 2 #:: Stream.from(3).filter(n => primes.takeWhile(p => p * p <= n).forall(n % _ != 0))
  def main(args: Array[String]) {
    println(list("the quick brown fox jumps over the lazy dog".split(" ").foldLeft(Leaf: Tree[String])((t, w) => insert(t, w))))
    println(primes.take(30).mkString(","))
    val words = mutable.Map[Char, Int]().withDefaultValue(0)
    for (c <- "mississippi") words(c) += 1
    println(words.toSeq.sorted)
    println(Await.result(Future.sequence((1 to 8).map(i => Future(i * i))).map(_.sum), 10.seconds))
    val R = "(\\d+)-(\\w+)".r
    "17-abc" match { case R(n, w) => println(n.toInt + w.length) }
    println(BigInt(2).pow(200) % 1000007)
    println((1 to 20).par.map(_ * 2).sum)
    try sys.error("boom") catch { case e: RuntimeException => println(e) }
  }
}
