.skill sort_up          # bubble sort
    .input x
    .output y
    .constant n
    .scratch left, x_at, y_at, v, right, z_at, w, u
        ld   left, n
        mov  x_at, x
        mov  y_at, y
@copy:  jle  left, @sort
        ld   v, x_at
        st   y_at, v
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jmp  @copy
@sort:  ld   left, n
@pass:  jle  left, @done
        ld   right, n
        mov  y_at, y
        mov  z_at, y
        ld   v, y
@next:  addi right, -1
        jle  right, @end
        fadd z_at, y.stride
        ld   w, z_at
        mov  u, v
        min  u, w
        st   y_at, u
        max  v, w
        st   z_at, v
        fadd y_at, y.stride
        jmp  @next
@end:   addi left, -1
        jmp  @pass
@done:  return
.endskill
