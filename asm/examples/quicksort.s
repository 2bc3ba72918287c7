# Sort numbers in place by recursive quicksort. The first input says how many there are: at most 64, the room in the
# array. For more, or for fewer than none, the program stops with a fault before it reads them.
#
# run: seven numbers
#   input: 7  5 -2 9 0 5 -11 3
#   output: -11 -2 0 3 5 5 9
# run: none
#   input: 0
# run: one
#   input: 1  42
#   output: 42
# run: in order already
#   input: 5  1 2 3 4 5
#   output: 1 2 3 4 5
# run: the limits of a 32-bit integer
#   input: 4  2147483647 -2147483648 -1 2147483646
#   output: -2147483648 -1 2147483646 2147483647
# run: reals sort as well, as FCMP compares any numbers
#   input: 4  0.5 -1e300 1e-320 0.25
#   output: -1e300 1e-320 0.25 0.5
# run: more than there is room for
#   input: 65
#   end: fault opcode

.const ROOM, 64

        in   count
        jlt  count, wrong
        mov  order, count
        fcmp order, =ROOM
        jle  order, fits
wrong:  . -1000 0 0                    # no instruction: a fault on purpose, as silence would look like nothing to sort

fits:   movi pointer, array            # read
        mov  left, count
read:   jle  left, sort
        in   value
        st   pointer, value
        addi pointer, 1
        addi left, -1
        jmp  read

sort:   movi low, array                # sort array .. array + count - 1
        mov  high, =array
        add  high, count
        addi high, -1
        call quicksort

        movi pointer, array            # print
        mov  left, count
print:  jle  left, done
        ld   value, pointer
        out  value
        addi pointer, 1
        addi left, -1
        jmp  print
done:   halt

# quicksort: sort the cells from address `low` to address `high`, both included.
# The last number is the pivot. Numbers below it are gathered at the left end; `border` is the cell after them.
quicksort:
        mov  left, high                # fewer than two numbers are in order
        sub  left, low
        jle  left, @done
        ld   pivot, high
        mov  border, low
        mov  pointer, low
@partition:
        mov  left, high
        sub  left, pointer
        jle  left, @place
        ld   value, pointer
        mov  order, value
        fcmp order, pivot              # SUB would wrap where the difference is too large
        jlt  order, @below
        addi pointer, 1
        jmp  @partition
@below: ld   other, border             # exchange it with the cell at the border
        st   border, value
        st   pointer, other
        addi border, 1
        addi pointer, 1
        jmp  @partition
@place: ld   other, border             # the pivot goes between the two parts
        st   border, pivot
        st   high, other
        push border                    # keep what the right part needs during the left part's call
        push high
        mov  high, border
        addi high, -1
        call quicksort
        pop  high
        pop  low
        addi low, 1
        call quicksort
@done:  ret

.data
count:   . 0
left:    . 0
value:   . 0
other:   . 0
order:   . 0
pivot:   . 0
low:     . 0
high:    . 0
border:  . 0
pointer: . 0
array:   .fill ROOM

.stack 3 * ROOM + 1                    # three cells a call, and one call inside another for each number at worst
