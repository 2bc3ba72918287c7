.require ffill

.skill relu             # y <- x where it is positive, else 0, element by element
    .input x
    .output y
    .constant n
    .scratch left, from, to, value
        ld   left, n
        mov  from, x
        mov  to, y
@next:  jle  left, @done
        ld   value, from
        jle  value, @zero
@store: st   to, value
        fadd from, x.stride
        fadd to, y.stride
        addi left, -1
        jmp  @next
@zero:  movi value, 0
        jmp  @store
@done:  return
    .jacobian               # ones on the diagonal, where x is positive
    .scratch left, from, to, value, step
        ld   step, n
        mov  value, step
        fmul value, value
        .invoke ffill, =0, jacobian, value
        fadd step, =1
        fmul step, jacobian.stride
        ld   left, n
        mov  from, x
        mov  to, jacobian
@next:  jle  left, @done
        ld   value, from
        jle  value, @skip
        st   to, =1
@skip:  fadd from, x.stride
        fadd to, step
        addi left, -1
        jmp  @next
@done:  return
.endskill
