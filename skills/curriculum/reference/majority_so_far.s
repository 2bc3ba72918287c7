.skill majority_so_far  # 1 in each place up to which there are more ones than zeros, else 0
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, s, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi s, 0
@next:  jle  left, @done
        ld   x_i, x_at
        add  s, x_i
        add  s, x_i
        addi s, -1
        movi y_i, 0
        jle  s, @skip
        movi y_i, 1
@skip:
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
