/** @constructor */ function Stack() { this.items = []; }
Stack.prototype.push = function(v) { var unused = 1; this.items.push(v); return this; };
Stack.prototype.top = function() { if (true) { return this.items[this.items.length - 1]; } else { return null; } };
(function() { var s = new Stack(); for (var index = 0; index < 10; index++) { s.push(index * 60 * 60); } alert(s.top()); })();
