.require linear, relu, fdot, ffill, fcopy, fmark, faxpy

# The values of the hidden units are an output too: a gradient needs them.
.skill mlp_forward      # h <- relu(w1 x + b1), y <- w2 h + b2
    .input x
    .output h, y
    .constant inputs, hidden, outputs
    .weight w1, b1, w2, b2
        .invoke linear, x, h, hidden, inputs, w1, b1
        .invoke relu, h, h, hidden
        .invoke linear, h, y, outputs, hidden, w2, b2
    .jacobian
    .scratch width, before_b1, before_w2, bottom, size, step, unit
    .scratch row, weight, bias, value, to, left, more, back, down
        ld   before_b1, inputs  # columns: x, w1, b1, w2, b2
        ld   value, hidden
        fmul before_b1, value
        ld   step, inputs
        fadd before_b1, step
        mov  before_w2, before_b1
        fadd before_w2, value
        ld   size, outputs
        mov  width, size
        fmul width, value
        fadd width, before_w2
        mov  bottom, value      # the rows of y begin at hidden * width, the columns of b2 at this width
        mov  to, width
        fadd width, size
        fmul bottom, width
        fmul size, width
        fadd size, bottom
        .invoke ffill, =0, jacobian, size
        fadd to, bottom
        fmul to, jacobian.stride
        fadd to, jacobian
        mov  step, width
        fadd step, =1
        .invoke fmark, =1, jacobian:to, outputs, step

        fmul bottom, jacobian.stride
        fadd bottom, jacobian
        ld   step, hidden
        fadd step, width        # from dy[o]/dw2[o,i] to the next o
        mov  down, width
        fmul down, jacobian.stride
        mov  row, jacobian
        mov  weight, w1
        mov  bias, b1
        movi unit, 0
        ld   left, hidden
@unit:  jle  left, @done
        .invoke fdot, w1:weight, x, value, inputs
        ld   to, bias
        fadd value, to
        jle  value, @next       # a unit at rest: its row is 0, and no output hears of it
        .invoke fcopy, w1:weight, jacobian:row, inputs
        ld   to, inputs
        mov  more, unit
        fadd more, =1
        fmul to, more           # inputs (1 + unit)
        fmul to, jacobian.stride
        fadd to, row
        .invoke fcopy, x, jacobian:to, inputs
        mov  to, before_b1
        fadd to, unit
        fmul to, jacobian.stride
        fadd to, row
        st   to, =1
        mov  to, before_w2
        fadd to, unit
        fmul to, jacobian.stride
        fadd to, bottom
        .invoke fmark, value, jacobian:to, outputs, step

        ld   more, outputs      # through w2 to each output
        mov  to, bottom
        mov  back, unit
        fmul back, w2.stride
        fadd back, w2
@output: jle more, @next
        .invoke faxpy, w2:back, jacobian:row, jacobian:to, before_w2
        fadd to, down
        ld   value, hidden
        fmul value, w2.stride
        fadd back, value
        addi more, -1
        jmp  @output
@next:  fadd row, down
        ld   value, inputs
        fmul value, w1.stride
        fadd weight, value
        fadd bias, b1.stride
        fadd unit, =1
        addi left, -1
        jmp  @unit
@done:  return
.endskill
