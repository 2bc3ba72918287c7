.require fexp, fdiv

# The largest number is taken off first, so that no exponential overflows.
.skill softmax          # y <- e^x / the sum of e^x, element by element
    .input x
    .output y
    .constant n
    .scratch left, from, to, value, high, order, total
        ld   left, n
        jle  left, @done
        mov  from, x
        ld   high, from
@high:  ld   value, from
        mov  order, value
        fcmp order, high
        jle  order, @kept
        mov  high, value
@kept:  fadd from, x.stride
        addi left, -1
        jle  left, @powers
        jmp  @high
@powers:
        ld   left, n
        mov  from, x
        mov  to, y
        movi total, 0
@term:  ld   value, from
        fsub value, high
        .invoke fexp, value, y:to
        ld   value, to
        fadd total, value
        fadd from, x.stride
        fadd to, y.stride
        addi left, -1
        jle  left, @divide
        jmp  @term
@divide:
        ld   left, n
        mov  to, y
@share: .invoke fdiv, y:to, total, y:to
        fadd to, y.stride
        addi left, -1
        jle  left, @done
        jmp  @share
@done:  return
    .jacobian               # in row i and column j, y[i] ([i = j] - y[j]). y stands in the first row, which comes last
    .scratch left, right, own, row, from, to, share, value, step, cross
        ld   left, n
        jle  left, @done
        .invoke softmax, x, jacobian, n
        ld   step, n
        fmul step, jacobian.stride
        mov  own, left
        fsub own, =1
        mov  row, own
        fmul own, jacobian.stride
        fadd own, jacobian      # y[i], first that of the last row
        fmul row, step
        fadd row, jacobian
@row:   ld   share, own
        mov  cross, own         # the place on the diagonal
        fsub cross, jacobian
        fadd cross, row
        ld   right, n
        mov  from, jacobian
        mov  to, row
@next:  ld   value, from
        fmul value, share
        fmul value, =-1
        st   to, value
        fadd from, jacobian.stride
        fadd to, jacobian.stride
        addi right, -1
        jle  right, @diagonal
        jmp  @next
@diagonal:
        ld   value, cross
        fadd value, share
        st   cross, value
        fsub own, jacobian.stride
        fsub row, step
        addi left, -1
        jle  left, @done
        jmp  @row
@done:  return
.endskill
