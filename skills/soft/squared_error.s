.skill squared_error    # loss <- the sum of (y - target)^2
    .input y, target
    .output loss
    .constant n
    .scratch left, from, other, value, wanted, sum
        ld   left, n
        mov  from, y
        mov  other, target
        movi sum, 0
@term:  jle  left, @done
        ld   value, from
        ld   wanted, other
        fsub value, wanted
        fmul value, value
        fadd sum, value
        fadd from, y.stride
        fadd other, target.stride
        addi left, -1
        jmp  @term
@done:  st   loss, sum
    .jacobian               # 2 (y - target), then its negative
    .scratch left, from, other, value, wanted, to, far
        ld   left, n
        mov  from, y
        mov  other, target
        mov  to, jacobian
        mov  far, left
        fmul far, jacobian.stride
        fadd far, jacobian
@next:  jle  left, @done
        ld   value, from
        ld   wanted, other
        fsub value, wanted
        fadd value, value
        st   to, value
        fmul value, =-1
        st   far, value
        fadd from, y.stride
        fadd other, target.stride
        fadd to, jacobian.stride
        fadd far, jacobian.stride
        addi left, -1
        jmp  @next
@done:  return
.endskill
