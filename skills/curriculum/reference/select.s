.skill select           # one of two numbers: the first where a bit is 1, the second where it is 0
    .input s, a, b
    .output y
    .scratch u, v
        ld   u, s
        ld   v, b
        jle  u, @take
        ld   v, a
@take:  st   y, v
.endskill
