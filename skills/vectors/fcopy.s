.require ffill, fmark

.skill fcopy            # y <- x, element by element
    .input x
    .output y
    .constant n
    .scratch left, from, to, value
        ld   left, n
        mov  from, x
        mov  to, y
@next:  jle  left, @done
        ld   value, from
        st   to, value
        fadd from, x.stride     # an address may be larger than a short word counts, so not ADD
        fadd to, y.stride
        addi left, -1
        jmp  @next
@done:  return
    .jacobian               # the unit matrix
    .scratch size, step
        ld   size, n
        mov  step, size
        fadd step, =1
        fmul size, size
        .invoke ffill, =0, jacobian, size
        .invoke fmark, =1, jacobian, n, step
.endskill
