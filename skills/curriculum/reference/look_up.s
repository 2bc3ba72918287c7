.skill look_up          # the numbers of a table at given indices
    .input table, x
    .output y
    .constant m, n
    .scratch left, x_at, y_at, x_i, y_i
        ld   left, n
        mov  x_at, x
        mov  y_at, y
@next:  jle  left, @done
        ld   x_i, x_at
        mul  x_i, table.stride
        fadd x_i, table
        ld   y_i, x_i
        st   y_at, y_i
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
