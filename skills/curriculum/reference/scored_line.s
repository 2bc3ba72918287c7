.require fdiv

.skill scored_line      # the line through two points, and how many of other points are not farther from it, in the second coordinate, than a threshold
    .input xa, ya, xb, yb, x, y, t
    .output m, c, k
    .constant n
    .scratch room, rise, run, v, u, left, x_at, y_at, count
        ld   room, t
        fmul room, room
        ld   rise, yb
        ld   v, ya
        fsub rise, v
        ld   run, xb
        ld   v, xa
        fsub run, v
        .invoke fdiv, rise, run, m
        ld   v, xa
        ld   u, m
        fmul v, u
        ld   u, ya
        fsub u, v
        st   c, u
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi count, 0
@next:  jle  left, @done
        ld   v, x_at
        ld   u, m
        fmul v, u
        ld   u, c
        fadd v, u
        ld   u, y_at
        fsub v, u
        fmul v, v
        fcmp v, room
        fadd x_at, x.stride
        fadd y_at, y.stride
        addi left, -1
        jle  v, @hit
        jmp  @next
@hit:   fadd count, =1
        jmp  @next
@done:  st   k, count
        return
.endskill
