.require scored_line, better_line

.skill improve_line     # a step of RANSAC: a line with its number of inliers, or that through two points where it has more of them
    .input m1, c1, k1, xa, ya, xb, yb, x, y, t
    .output m, c, k
    .constant n
    .scratch p, q, r
        .invoke scored_line, xa, ya, xb, yb, x, y, t, p, q, r, n
        .invoke better_line, m1, c1, k1, p, q, r, m, c, k
.endskill
