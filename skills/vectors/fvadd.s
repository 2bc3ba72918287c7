.require ffill, fmark

.skill fvadd            # y <- a + b, element by element
    .input a, b
    .output y
    .constant n
    .scratch left, from, other, to, value, sum
        ld   left, n
        mov  from, a
        mov  other, b
        mov  to, y
@next:  jle  left, @done
        ld   sum, from
        ld   value, other
        fadd sum, value
        st   to, sum
        fadd from, a.stride
        fadd other, b.stride
        fadd to, y.stride
        addi left, -1
        jmp  @next
@done:  return
    .jacobian               # two unit matrices side by side
    .scratch size, step, to
        ld   size, n
        mov  to, size
        fmul to, jacobian.stride
        fadd to, jacobian
        mov  step, size
        fadd step, step
        fmul size, step
        fadd step, =1
        .invoke ffill, =0, jacobian, size
        .invoke fmark, =1, jacobian, n, step
        .invoke fmark, =1, jacobian:to, n, step
.endskill
