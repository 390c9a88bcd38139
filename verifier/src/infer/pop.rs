//! What instructions take from the stack and read from locals (JVMS 4.10.2.2).

use classfile::descriptor::{FieldType, MethodDescriptor};
use classfile::opcode;

use super::operands::Instr;
use super::state::{Reached, Stack};
use super::types::{Info, Item};
use super::{Inferrer, Result};
use crate::oracle::TypeOracle;

/// What an instruction has popped.
#[derive(Debug, Default)]
pub(super) struct Popped {
    /// The values, top first; a wide value is one.
    pub(super) values: Vec<Info>,
    /// Of the stack instructions: how many of the values are on top of the rest that is moved.
    pub(super) moved: usize,
    /// Of a call of a constructor: the types before and after.
    pub(super) constructed: Option<(Info, Info)>,
}

/// The array types that fit the array instructions, in the order of `iaload` to `saload`.
const ARRAYS: [(&[Item], &str); 8] = [
    (&[Item::Int], "ints"),
    (&[Item::Long], "longs"),
    (&[Item::Float], "floats"),
    (&[Item::Double], "doubles"),
    (&[], "objects or arrays"),
    (&[Item::Byte, Item::Boolean], "bytes or Booleans"),
    (&[Item::Char], "chars"),
    (&[Item::Short], "shorts"),
];

impl<O: TypeOracle> Inferrer<'_, '_, O> {
    /// Checks the locals that an instruction reads.
    pub(super) fn check_locals(&self, instr: &Instr, locals: &[Info]) -> Result<(), O> {
        let (item, wide) = match instr.op {
            opcode::ILOAD | opcode::IINC => (Item::Int, None),
            opcode::FLOAD => (Item::Float, None),
            opcode::ALOAD => (Item::Object, None),
            opcode::RET => (Item::Return, None),
            opcode::LLOAD => (Item::Long, Some(Info::LONG)),
            opcode::DLOAD => (Item::Double, Some(Info::DOUBLE)),
            _ => return Ok(()),
        };
        let at = instr.operand as usize;
        if let Some(wide) = wide {
            let Some(pair) = locals.get(at..at + 2) else {
                return Err(self.fail(format_args!(
                    "Accessing value from uninitialized register pair {at}/{}",
                    at + 1
                )));
            };
            if pair != [wide, wide.upper_half()] {
                let next = at + 1;
                let what = format_args!("Register pair {at}/{next} contains wrong type");
                return Err(self.fail(what));
            }
            return Ok(());
        }
        let Some(&found) = locals.get(at) else {
            let what = format_args!("Accessing value from uninitialized register {at}");
            return Err(self.fail(what));
        };
        let plain = found.dimensions() == 0;
        let loads_object = item == Item::Object;
        if plain && found.is(item)
            || loads_object && (!plain || found.is(Item::InitThis) || found.is(Item::New))
        {
            return Ok(());
        }
        if found.is(Item::Return) {
            let what = format_args!("Cannot load return address from register {at}");
            return Err(self.fail(what));
        }
        Err(self.fail(format_args!("Register {at} contains wrong type")))
    }

    /// Returns must be allowed.
    pub(super) fn check_flags(&self, instr: &Instr, state: &Reached) -> Result<(), O> {
        let flags = state.flags;
        if instr.op == opcode::RETURN && flags.needs_constructor && !flags.constructed {
            return self.refuse("Constructor must call super() or this()");
        }
        if matches!(instr.op, opcode::IRETURN..=opcode::RETURN) && flags.must_throw {
            return self.refuse("Cannot return normally");
        }
        Ok(())
    }

    /// Pops a value without a look at it.
    fn take(&mut self, stack: &mut Stack) -> Result<Info, O> {
        let Some((value, below)) = self.stacks.top(stack.top) else {
            return self.refuse("Unable to pop operand off an empty stack");
        };
        stack.top = below;
        Ok(value)
    }

    fn expect(&mut self, stack: &mut Stack, wanted: Info, what: &str) -> Result<Info, O> {
        let found = self.take(stack)?;
        if found != wanted {
            return Err(self.fail(format_args!("Expecting to find {what} on stack")));
        }
        stack.slots -= if wanted.is_wide() { 2 } else { 1 };
        Ok(found)
    }

    /// Pops by a letter of the opcode table.
    fn take_letter(&mut self, instr: &Instr, stack: &mut Stack, letter: u8) -> Result<Info, O> {
        match letter {
            b'i' => self.expect(stack, Info::INT, "integer"),
            b'f' => self.expect(stack, Info::FLOAT, "float"),
            b'l' => self.expect(stack, Info::LONG, "long"),
            b'd' => self.expect(stack, Info::DOUBLE, "double"),
            _ => self.take_reference(instr, stack),
        }
    }

    /// Pops a value of a field's type.
    fn take_value(
        &mut self,
        instr: &Instr,
        stack: &mut Stack,
        kind: FieldType<'_>,
    ) -> Result<Info, O> {
        let letter = match kind {
            FieldType::Float => b'f',
            FieldType::Long => b'l',
            FieldType::Double => b'd',
            FieldType::Object(_) | FieldType::Array(_) => b'a',
            _ => b'i',
        };
        self.take_letter(instr, stack, letter)
    }

    fn take_reference(&mut self, instr: &Instr, stack: &mut Stack) -> Result<Info, O> {
        let mut found = self.take(stack)?;
        let uninitialized = found.is(Item::New) || found.is(Item::InitThis);
        let allowed = match instr.op {
            opcode::ASTORE => uninitialized || found.is(Item::Return),
            opcode::IFNULL | opcode::IFNONNULL => uninitialized,
            _ => false,
        };
        if !found.is_reference() && !allowed {
            if !found.is(Item::InitThis) || !self.sets_own_field(instr) {
                return self.refuse("Expecting to find object/array on stack");
            }
            found = self.known.this;
        }
        stack.slots -= 1;
        Ok(found)
    }

    /// Constructors may set fields that their class declares before they call another constructor.
    fn sets_own_field(&self, instr: &Instr) -> bool {
        let key = self.class.constant_pool.member(instr.operand as u16).unwrap_or_default();
        instr.op == opcode::PUTFIELD
            && instr.kind == self.known.this
            && self.class.fields.iter().any(|own| (own.name, own.descriptor) == (key.1, key.2))
    }

    /// Pops an array that fits an array instruction.
    fn take_array(&mut self, stack: &mut Stack, row: usize) -> Result<Info, O> {
        let found = self.take(stack)?;
        stack.slots -= 1;
        let (items, what) = ARRAYS[row];
        let fits = match items {
            [] => found.dimensions() > 1 || found.dimensions() == 1 && found.is(Item::Object),
            _ => items.iter().any(|&item| found == Info::new(item, 1, 0)),
        };
        if !fits && found != Info::NULL {
            return Err(self.fail(format_args!("Expecting to find array of {what} on stack")));
        }
        Ok(found)
    }

    /// Pops one value of one slot.
    fn take_single(&mut self, stack: &mut Stack) -> Result<Info, O> {
        let found = self.take(stack)?;
        if found.is_wide() {
            return self.refuse("Attempt to split long or double on the stack");
        }
        stack.slots -= 1;
        Ok(found)
    }

    /// Pops two slots: a wide value or two others.
    fn take_pair(&mut self, stack: &mut Stack, values: &mut Vec<Info>) -> Result<(), O> {
        let found = self.take(stack)?;
        values.push(found);
        if found.is_wide() {
            stack.slots -= 2;
            return Ok(());
        }
        stack.slots -= 1;
        values.push(self.take_single(stack)?);
        Ok(())
    }

    fn take_moved(&mut self, op: u8, stack: &mut Stack, popped: &mut Popped) -> Result<(), O> {
        let (top_pair, below) = match op {
            opcode::POP2 | opcode::DUP2 => (true, 0),
            opcode::DUP_X1 | opcode::SWAP => (false, 1),
            opcode::DUP_X2 => (false, 2),
            opcode::DUP2_X1 => (true, 1),
            opcode::DUP2_X2 => (true, 2),
            _ => (false, 0),
        };
        let values = &mut popped.values;
        if top_pair {
            self.take_pair(stack, values)?;
        } else {
            values.push(self.take_single(stack)?);
        }
        popped.moved = values.len();
        match below {
            0 => {}
            1 => values.push(self.take_single(stack)?),
            _ => self.take_pair(stack, values)?,
        }
        Ok(())
    }

    /// Pops what an instruction takes, and makes the checks that need several operands.
    pub(super) fn pop(&mut self, instr: &Instr, stack: &mut Stack) -> Result<Popped, O> {
        let mut popped = Popped::default();
        let op = instr.op;
        match op {
            opcode::POP..=opcode::SWAP => self.take_moved(op, stack, &mut popped)?,
            opcode::IALOAD..=opcode::SALOAD => {
                self.expect(stack, Info::INT, "integer")?;
                let array = self.take_array(stack, usize::from(op - opcode::IALOAD))?;
                popped.values.push(array);
            }
            opcode::IASTORE..=opcode::SASTORE => {
                let row = usize::from(op - opcode::IASTORE);
                let letter = b"ilfdaiii"[row];
                self.take_letter(instr, stack, letter)?;
                self.expect(stack, Info::INT, "integer")?;
                self.take_array(stack, row)?;
            }
            opcode::ARRAYLENGTH => {
                let array = self.take(stack)?;
                stack.slots -= 1;
                if array.dimensions() == 0 && array != Info::NULL {
                    return self.refuse("Expecting to find array on stack");
                }
            }
            opcode::PUTSTATIC | opcode::GETFIELD | opcode::PUTFIELD => {
                self.pop_for_field(instr, stack)?;
            }
            opcode::INVOKEVIRTUAL..=opcode::INVOKEINTERFACE => {
                self.pop_for_call(instr, stack, &mut popped)?;
            }
            opcode::MULTIANEWARRAY => {
                for _ in 0..instr.operand {
                    self.expect(stack, Info::INT, "integer")?;
                }
            }
            _ => {
                if op == opcode::ATHROW
                    && let Some((value, _)) = self.stacks.top(stack.top)
                    && (!value.is(Item::Object) || value.dimensions() > 0)
                {
                    return self.refuse("Expecting to find object on stack");
                }
                for &letter in opcode::info(op).pops.as_bytes().iter().rev() {
                    let value = self.take_letter(instr, stack, letter)?;
                    popped.values.push(value);
                }
            }
        }
        self.check_popped(instr, stack, &popped)?;
        Ok(popped)
    }

    fn check_popped(&mut self, instr: &Instr, stack: &Stack, popped: &Popped) -> Result<(), O> {
        match instr.op {
            opcode::ATHROW if !self.is_assignable(popped.values[0], self.known.throwable)? => {
                return self.refuse("Can only throw Throwable objects");
            }
            opcode::IRETURN..=opcode::RETURN => {
                let fits = match popped.values.first() {
                    None => self.returns == Info::VOID,
                    Some(&value) if instr.op == opcode::ARETURN => {
                        self.is_assignable(value, self.returns)?
                    }
                    Some(&value) => value == self.returns,
                };
                if !fits {
                    return self.refuse("Wrong return type in function");
                }
            }
            opcode::NEW => {
                let made = self.new_object(instr);
                if self.stacks.values(stack.top).contains(&made) {
                    return self.refuse("Uninitialized object on stack at creating point");
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The type of what a `new` makes; the operand of `new` is its own number by then.
    pub(super) fn new_object(&self, instr: &Instr) -> Info {
        Info::new(Item::New, 0, instr.operand)
    }

    fn pop_for_field(&mut self, instr: &Instr, stack: &mut Stack) -> Result<(), O> {
        let (_, _, descriptor) =
            self.class.constant_pool.member(instr.operand as u16).unwrap_or_default();
        let Ok(kind) = FieldType::parse(descriptor) else { return Ok(()) };
        let mut value = None;
        if instr.op != opcode::GETFIELD {
            value = Some(self.take_value(instr, stack, kind)?);
        }
        if instr.op != opcode::PUTSTATIC {
            let object = self.take_reference(instr, stack)?;
            if !self.is_assignable(object, instr.kind)? {
                return self.refuse("Incompatible type for getting or setting field");
            }
            if instr.protected && !self.is_assignable(object, self.known.this)? {
                return self.refuse("Bad access to protected data");
            }
        }
        let wanted = self.classes.value(kind);
        if let Some(value) = value
            && !self.is_assignable(value, wanted)?
        {
            return self.refuse("Bad type in putfield/putstatic");
        }
        Ok(())
    }

    fn pop_for_call(
        &mut self,
        instr: &Instr,
        stack: &mut Stack,
        popped: &mut Popped,
    ) -> Result<(), O> {
        let pool = &self.class.constant_pool;
        let index = instr.operand as u16;
        let (_, _, descriptor) = pool.member(index).unwrap_or_default();
        let Ok(method) = MethodDescriptor::parse(descriptor) else { return Ok(()) };
        let params: Vec<_> = method.params().collect();
        let mut arguments = Vec::with_capacity(params.len());
        for &kind in params.iter().rev() {
            arguments.push(self.take_value(instr, stack, kind)?);
        }
        if instr.constructor {
            let object = self.take(stack)?;
            if !object.is(Item::New) && !object.is(Item::InitThis) {
                return self.refuse("Expecting to find unitialized object on stack");
            }
            stack.slots -= 1;
            let made = self.check_constructor(instr, object)?;
            popped.constructed = Some((object, made));
        } else if instr.op != opcode::INVOKESTATIC {
            let object = self.take_reference(instr, stack)?;
            self.check_receiver(instr, object)?;
        }
        for (&kind, &value) in params.iter().zip(arguments.iter().rev()) {
            if kind.is_reference() {
                let wanted = self.classes.value(kind);
                if !self.is_assignable(value, wanted)? {
                    return self.refuse("Incompatible argument to function");
                }
            }
        }
        Ok(())
    }

    /// The class that a constructor's object becomes.
    fn check_constructor(&mut self, instr: &Instr, object: Info) -> Result<Info, O> {
        if object.is(Item::New) {
            let made = self.instrs[object.detail() as usize].kind;
            let accessor = self.options.accessor;
            if made != instr.kind && !(accessor && self.is_assignable(made, instr.kind)?) {
                return self.refuse("Call to wrong initialization method");
            }
            if instr.protected && !accessor && !self.is_assignable(made, self.known.this)? {
                return self.refuse("Bad access to protected data");
            }
            return Ok(made);
        }
        if Some(instr.kind) != self.known.superclass && instr.kind != self.known.this {
            return self.refuse("Call to wrong initialization method");
        }
        Ok(self.known.this)
    }

    fn check_receiver(&mut self, instr: &Instr, object: Info) -> Result<(), O> {
        let this = self.known.this;
        if !self.is_assignable(object, instr.kind)? {
            return self.refuse("Incompatible object argument for function call");
        }
        if self.options.accessor {
            return Ok(());
        }
        if instr.op == opcode::INVOKESPECIAL && !self.is_assignable(object, this)? {
            return self.refuse("Incompatible object argument for invokespecial");
        }
        if instr.protected && !self.is_assignable(object, this)? {
            let name = self.class.constant_pool.member(instr.operand as u16).unwrap_or_default().1;
            // Arrays have a public clone().
            let clones = name == b"clone" && instr.kind == self.known.object;
            if !clones || object.dimensions() == 0 {
                return self.refuse("Bad access to protected data");
            }
        }
        Ok(())
    }
}
