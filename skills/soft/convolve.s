.require fdot

# Without padding: a kernel of side x side cells goes to all places where it lies in the image. In y are the places of the
# first kernel, row by row, then those of the second. rows is kernels * side, and size is
# kernels * (lines - side + 1) * (columns - side + 1).
.skill convolve         # y[k, i, j] <- b[k] + the sum over p, q of w[k side + p, q] image[i + p, j + q]
    .input image
    .output y
    .constant lines, columns, size, kernels, rows, side
    .weight w, b
    .scratch left, down, across, taps, kernel, bias, start, corner, line, from, to, total, value, high, wide
    .scratch row_step, line_step, kernel_step
        ld   left, kernels
        mov  kernel, w
        mov  bias, b
        mov  to, y
        ld   line_step, columns       # from a row of the image to the next
        fmul line_step, image.stride
        ld   row_step, side         # from a row of a kernel to the next
        fmul row_step, w.stride
        mov  kernel_step, row_step
        ld   value, side
        fmul kernel_step, value
        ld   high, lines
        sub  high, value
        addi high, 1
        ld   wide, columns
        sub  wide, value
        addi wide, 1
@kernel: jle left, @done
        mov  down, high
        mov  start, image
@down:  jle  down, @next
        mov  across, wide
        mov  corner, start
@place: jle  across, @lower
        ld   total, bias
        ld   taps, side
        mov  line, corner
        mov  from, kernel
@line:  jle  taps, @store
        .invoke fdot, image:line, w:from, value, side
        fadd total, value
        fadd line, line_step
        fadd from, row_step
        addi taps, -1
        jmp  @line
@store: st   to, total
        fadd to, y.stride
        fadd corner, image.stride
        addi across, -1
        jmp  @place
@lower: fadd start, line_step
        addi down, -1
        jmp  @down
@next:  fadd kernel, kernel_step
        fadd bias, b.stride
        addi left, -1
        jmp  @kernel
@done:  return
.endskill
