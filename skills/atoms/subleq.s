.skill subleq           # y <- y - x: what SUBLEQ computes, without its jump
    .input x
    .output y
    .scratch value, other
        ld   value, y
        ld   other, x
        sub  value, other
        st   y, value
.endskill
