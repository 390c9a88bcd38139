require 'set'
class Animal
  include Comparable
  attr_reader :name, :legs
  def initialize(name, legs)
    @name, @legs = name, legs
  end
  def <=>(other)
    legs <=> other.legs
  end
  def method_missing(m, *a)
    m.to_s.start_with?('can_') ? "#{name} can #{m.to_s[4..-1]}" : super
  end
  def respond_to_missing?(m, p = false)
    m.to_s.start_with?('can_') || super
  end
end
zoo = [Animal.new('dog', 4), Animal.new('hen', 2), Animal.new('ant', 6)]
puts zoo.sort.map(&:name).join(' '), zoo.max.can_run
begin; zoo[0].fly; rescue NoMethodError => e; puts e.class; end
fib = Hash.new { |h, n| h[n] = n < 2 ? n : h[n - 1] + h[n - 2] }
puts fib[80], 2**200 % 1_000_007
gen = Enumerator.new { |y| a, b = 0, 1; loop { y << a; a, b = b, a + b } }
puts gen.lazy.select(&:even?).first(8).inspect
f = Fiber.new { x = 1; loop { Fiber.yield x; x *= 3 } }
puts 5.times.map { f.resume }.inspect
puts 'the quick brown fox'.gsub(/(\w)(\w*)/) { "#{$2}#{$1}ay" }
q = Queue.new
t = 3.times.map { |i| Thread.new { 100.times { |j| q << i * j } } }
t.each(&:join)
sum = 0; sum += q.pop until q.empty?
puts sum, Set[3, 1, 3].to_a.inspect, format('%08.3f|%-5s|%x', 3.14159, 'ab', 255)
puts catch(:done) { 10.times { |i| throw :done, i if i * i > 30 }; :never }
eval('puts [1, 2, 3].each_cons(2).to_a.inspect')
puts [1, [2, [3, nil]]].flatten.compact.sum
puts Rational(1, 3) + Rational(2, 5), -7 / 2, 7.fdiv(2)
