.skill product          # the product of a vector
    .input x
    .output y
    .constant n
    .scratch left, x_at, r, x_i
        ld   left, n
        mov  x_at, x
        mov  r, =1
@next:  jle  left, @done
        ld   x_i, x_at
        mul  r, x_i
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
