.skill is_sorted        # 1 if no number of a vector is less than the one before, else 0
    .input x
    .output y
    .constant n
    .scratch left, x_at, r, before, x_i
        ld   left, n
        mov  x_at, x
        mov  r, =1
        ld   before, x
@next:  jle  left, @done
        ld   x_i, x_at
        fcmp before, x_i
        jle  before, @skip
        movi r, 0
@skip:  mov  before, x_i
        fadd x_at, x.stride
        addi left, -1
        jmp  @next
@done:  st   y, r
.endskill
