.require fmul, fadd, fzero, fdot

.skill c_dot            # s <- the sum of x y: multiply and add, over and over
    .input x, y
    .output s
    .constant n
    .scratch left, from, other, product
        .invoke fzero, s
        ld   left, n
        mov  from, x
        mov  other, y
@term:  jle  left, @done
        .invoke fmul, x:from, y:other, product
        .invoke fadd, s, product, s
        fadd from, x.stride
        fadd other, y.stride
        addi left, -1
        jmp  @term
@done:  return
    .jacobian               # the same function as fdot, so the same derivative
        .invoke fdot.jacobian, x, y, s, n, jacobian
.endskill
