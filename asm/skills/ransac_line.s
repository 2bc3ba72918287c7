# RANSAC: the line that most points lie on, in spite of outliers. Hard with soft: what comes in are readings (p, q) that
# lie on no line; a sub-network of ReLUs, called as a skill, turns each into a point (u, v) with u = p and v = |q|, and
# the search with its counting and choosing works on those. Input: the number of rounds. Output: slope, intercept, and
# how many of the 16 points lie within 0.25 of the line.
#
# Each round draws two points, with a linear congruential generator that the state holds, and keeps the line through
# them if more points lie near it than near any before.
#
# run: twelve rounds find v = 2 u + 1
#   input: 12
#   output: 2.04 0.9299999999999999 11
# run: no round, no line
#   input: 0
#   output: 0 0 0

.require mlp_forward, fdiv

.const COUNT, 16

# index <- a number from 0 to n - 1, from the upper bits of the next state of the generator.
.skill random
    .output seed, index
    .constant n
    .scratch value, size
        ld   value, seed
        mul  value, =1103515245                # wraps at 32 bits, as it should
        add  value, =12345
        st   seed, value
        shr  value, =16
        and  value, =0x7fff
        ld   size, n
        mod  value, size
        st   index, value
.endskill

# line <- slope and intercept of the line through two points, if their u differ; found says whether.
.skill line_through
    .input a, b
    .output line, found
    .scratch du, dv, value, at
        ld   du, b
        ld   value, a
        fsub du, value
        st   found, =0
        jeq  du, @done
        mov  at, b
        fadd at, b.stride
        ld   dv, at
        mov  at, a
        fadd at, a.stride
        ld   value, at
        fsub dv, value
        .invoke fdiv, dv, du, dv
        st   line, dv
        ld   du, a
        fmul dv, du
        fsub value, dv                         # v - slope u
        mov  at, line
        fadd at, line.stride
        st   at, value
        st   found, =1
@done:  return
.endskill

# count <- how many points have |v - slope u - intercept| <= tolerance.
.skill count_inliers
    .input points, line, tolerance
    .output count
    .constant n
    .scratch left, from, slope, intercept, limit, value, away, hits
        ld   slope, line
        mov  from, line
        fadd from, line.stride
        ld   intercept, from
        ld   limit, tolerance
        ld   left, n
        mov  from, points
        movi hits, 0
@next:  jle  left, @done
        ld   value, from
        fadd from, points.stride
        fmul value, slope
        fadd value, intercept
        ld   away, from
        fadd from, points.stride
        fsub away, value
        mov  value, away
        fcmp value, =0
        fmul away, value                       # sign times number
        fcmp away, limit
        addi left, -1
        jle  away, @near
        jmp  @next
@near:  addi hits, 1
        jmp  @next
@done:  st   count, hits
.endskill

# points <- the sub-network's outputs, two numbers for each reading.
.skill features
    .input readings
    .output points
    .constant n
    .weight w1, b1, w2, b2
    .scratch hidden, 4, left, from, to
        ld   left, n
        mov  from, readings
        mov  to, points
@next:  jle  left, @done
        .invoke mlp_forward, readings:from, hidden, points:to, =2, =4, =2, w1, b1, w2, b2
        fadd from, readings.stride
        fadd from, readings.stride
        fadd to, points.stride
        fadd to, points.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill

# best <- slope, intercept, and the number of points near the line.
.skill ransac
    .input points, tolerance
    .output best, seed
    .constant n, rounds
    .scratch line, 2, found, left, i, j, at, other, count, most, to
        movi most, 0
        ld   left, rounds
@round: jle  left, @done
        addi left, -1
        .invoke random, seed, i, n
        .invoke random, seed, j, n
        mov  at, i
        fadd at, i                             # two numbers a point
        fmul at, points.stride
        fadd at, points
        mov  other, j
        fadd other, j
        fmul other, points.stride
        fadd other, points
        .invoke line_through, points:at, points:other, line, found
        jeq  found, @round
        .invoke count_inliers, points, line, tolerance, count, n
        mov  to, count
        fcmp to, most
        jle  to, @round
        mov  most, count
        .invoke keep, line, count, best
        jmp  @round
@done:  return
.endskill

# best <- a line and a number.
.skill keep
    .input line, count
    .output best
    .scratch from, to, value
        ld   value, line
        st   best, value
        mov  from, line
        fadd from, line.stride
        ld   value, from
        mov  to, best
        fadd to, best.stride
        st   to, value
        fadd to, best.stride
        ld   value, count
        st   to, value
.endskill

        in   rounds
        .invoke features, readings, points, =COUNT, w1, b1, w2, b2
        .invoke ransac, points, tolerance, best, seed, =COUNT, rounds
        out  best.data
        out  best.data + 1
        out  best.data + 2
        halt

.data
rounds: . 0
seed:   . 1
tolerance: . 0.25
best.data: .fill 3
points.data: .fill 2 * COUNT
readings.data:                 # eleven on |q| = 2 p + 1, give or take 0.1; five anywhere
        .reals  0.0  1.05,  0.5 -1.95,  1.0  3.0,   1.5 -4.1
        .reals  2.0  4.95,  2.5  6.0,   0.3  7.5,   3.0 -7.05
        .reals  3.5 -0.5,   3.5  8.0,   4.0 -9.1,   4.5  2.0
        .reals  4.5  9.95,  5.0 -11.0,  1.2 -9.0,   5.0  3.3
w1.data: .reals 1 0,  -1 0,  0 1,  0 -1        # p, -p, q and -q go through the ReLUs
b1.data: .reals 0 0 0 0
w2.data: .reals 1 -1 0 0,  0 0 1 1             # u = relu(p) - relu(-p), v = relu(q) + relu(-q)
b2.data: .reals 0 0
.pointer best, best.data, 1, 3
.pointer points, points.data, COUNT, 2
.pointer readings, readings.data, COUNT, 2
.pointer w1, w1.data, 4, 2
.pointer b1, b1.data, 1, 4
.pointer w2, w2.data, 2, 4
.pointer b2, b2.data, 1, 2

.stack 300
