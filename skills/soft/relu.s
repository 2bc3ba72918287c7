.require ffill

.skill relu             # y <- x where it is positive, else 0, element by element
    .input x
    .output y
    .constant n
    .scratch left, from, to, value, sign, gate
        ld   left, n
        mov  from, x
        mov  to, y
@next:  jle  left, @done
        ld   value, from
        mov  sign, value        # the gate is sign (sign + 1) / 2: no jump rests on the data
        fcmp sign, =0
        mov  gate, sign
        fadd gate, =1
        fmul gate, sign
        fmul gate, =0.5
        fmul value, gate
        st   to, value
        fadd from, x.stride
        fadd to, y.stride
        addi left, -1
        jmp  @next
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
