# q <- x . x, by dot.
.require dot
.skill norm2
    .input x
    .output q
    .constant n
        .invoke dot, x, x, q, n
.endskill
