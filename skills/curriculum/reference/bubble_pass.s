.skill bubble_pass      # a pass of bubble sort over numbers from 0 on: of each two that stand side by side the larger comes first
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, c, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        ld   c, x
@next:  addi left, -1
        jle  left, @done
        fadd x_at, x.stride
        ld   x_i, x_at
        mov  y_i, c
        max  y_i, x_i
        min  c, x_i
        st   y_at, y_i
        fadd y_at, y.stride
        jmp  @next
@done:  st   y_at, c
.endskill
