.require fdiv

.skill ransac_line      # the line with the most inliers, the first such, among those through given pairs of points; its inliers are counted. A line without inliers is none
    .input xa, ya, xb, yb, x, y, t
    .output m, c, k
    .constant q, n
    .scratch room, tries, xa_at, ya_at, xb_at, yb_at, rise, v, run, slope, start, left
    .scratch x_at, y_at, count, u
        st   m, =0
        st   c, =0
        st   k, =0
        ld   room, t
        fmul room, room
        ld   tries, q
        mov  xa_at, xa
        mov  ya_at, ya
        mov  xb_at, xb
        mov  yb_at, yb
@try:   jle  tries, @done
        ld   rise, yb_at
        ld   v, ya_at
        fsub rise, v
        ld   run, xb_at
        ld   v, xa_at
        fsub run, v
        .invoke fdiv, rise, run, slope
        ld   v, xa_at
        fmul v, slope
        ld   start, ya_at
        fsub start, v
        ld   left, n
        mov  x_at, x
        mov  y_at, y
        movi count, 0
@next:  jle  left, @judge
        ld   v, x_at
        fmul v, slope
        fadd v, start
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
@judge: mov  v, count
        ld   u, k
        fcmp v, u
        jle  v, @worse
        st   m, slope
        st   c, start
        st   k, count
@worse: fadd xa_at, xa.stride
        fadd ya_at, ya.stride
        fadd xb_at, xb.stride
        fadd yb_at, yb.stride
        addi tries, -1
        jmp  @try
@done:  return
.endskill
