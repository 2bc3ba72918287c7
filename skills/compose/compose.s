# The composition skill: runs a mixture of skills that stands as tables in static memory.
#
#   compose_n(S) = compose_{n-1}(mix_n(S))            mix_t(S) = sum_k alpha[t,k] S_k
#   S_k = exec_k(load(P[t,k], S))
#
# mixture   the header, 13 cells: how many steps T, skills K, pieces of data m, slots at most S; the addresses of
#             blocks    [K]           the skills' rows in the block table; 0 is the skill that does nothing
#             alphas    [T, K]        alpha
#             weights   [T, K, S, m]  P: which piece a slot points to
#             advances  [T, K, S]     how many rows of its piece a slot moves on with each round; below 0 it goes
#                                     backwards from the last row
#             guards    [T, 2]        a piece and its advance: the step is run only if the cell is <= 0. -1: always
#           count: the piece that holds how many rounds of the T steps are run, or -1: then it is `rounds`, the next
#           cell; stop: the piece that ends it all when it is <= 0 after a round, or -1; mixed: how many slots of a skill
#           have a row of P that is not one-hot, at most.
# data      m rows as in the block `pointers`: address, stride, rows, columns. An address of -1 makes a piece of one's
#           own on the stack, of zeros; -2 - j is piece j with rows and columns exchanged.
# first, second, third   what may be written, besides pieces of one's own. Nothing is read or written through them but by
#           way of `data`; their windows are the area that is saved and summed up where a step is soft.
#
# What counts cells is added and subtracted as reals: addresses need not fit into a word.
#
# Cells t, k and round of the frame (fp - 1, fp - 2, fp - 3) tell which term is being run: after a fault, too.

.const compose.FRAME, 0 - 32768        # an operand that is this plus d stands for the cell fp + d
.const compose.ROW, 7                  # a row of the table made of `data`
.const compose.PITCH, 2                # in it: address, stride, distance of rows, window, elements of a row and in all
.const compose.WINDOW, 3
.const compose.COLUMNS, 5
.const compose.HALVES, 6755399441055744.0       # 1.5 * 2^52: adding and subtracting it rounds to an integer

.macro compose.take cell, pointer
        ld   cell, pointer
        fadd pointer, =1
.endmacro

.macro compose.header cell
        ld   cell, p
        fadd p, mixture.stride
.endmacro

.macro compose.field cell
        ld   cell, p
        fadd p, data.stride
.endmacro

.macro compose.put pointer, cell
        st   pointer, cell
        fadd pointer, =1
.endmacro

.macro compose.row target, piece       # the address of a piece's row
        mov  target, piece
        fmul target, =compose.ROW
        fadd target, table
.endmacro

.macro compose.locate move             # of the piece that the scan of a row of P stands at
        mov  row, pieces
        fsub row, unseen
        compose.row row, row
        mov  p, row
        compose.take address, p
        compose.take stride, p
        ld   u, advance_at
        jeq  u, @still
        mov  v, pieces
        fsub v, unseen
        call move
@still:
.endmacro

.macro compose.inside low_bound, high_bound, target       # goto target if low..high lies between the bounds
        mov  v, low
        fsub v, low_bound
        jlt  v, @outside
        mov  v, high_bound
        fsub v, high
        jlt  v, @outside
        jmp  target
@outside:
.endmacro

.skill compose
    .input mixture, data
    .output first, second, third
    .scratch t, k, round
    .scratch steps, kinds, pieces, slots, blocks, alphas, weights, advances, guards, count, rounds, stop, mixed
    .scratch table, temporaries, largest, n, going
    .scratch p, q, u, v, left
    .scratch address, stride, pitch, low, high, rows, columns, size
    .scratch alpha, alpha_at, base, area_at, areas_left
    .scratch block, inputs, written, number, s, row_at, advance_at, unseen, weight, row, temporary, spreads, left_in_row
    .scratch areas_at, windows_at, spread_at
    .scratch spread, 3                 # for each output, the cells that stand for it while it is mixed, or 0
    .scratch windows, 6
    .scratch areas, 8                  # what may be written: three windows, the pieces of one's own
        leas areas_at, 0
        leas windows_at, 8
        leas spread_at, 14
        mov  p, mixture
        compose.header steps
        compose.header kinds
        compose.header pieces
        compose.header slots
        compose.header blocks
        compose.header alphas
        compose.header weights
        compose.header advances
        compose.header guards
        compose.header count
        compose.header rounds
        compose.header stop
        ld   mixed, p

# ---- The table of pieces --------------------------------------------------------------------------------------------

        mov  left, pieces
@rows:  jle  left, @rows_made
        addsp -compose.ROW
        fadd left, =-1
        jmp  @rows
@rows_made:
        leas table, 0
        mov  q, table
        mov  p, data
        movi largest, 0
        mov  left, pieces
@piece: jle  left, @pieces_done
        compose.field address
        compose.field stride
        compose.field rows
        compose.field columns
        mov  size, rows
        fmul size, columns
        mov  v, size
        fsub v, largest
        jle  v, @not_larger
        mov  largest, size
@not_larger:
        jlt  address, @special
        mov  pitch, columns
        fmul pitch, stride
        mov  low, address
        mov  high, size
        fmul high, stride
        fadd high, address
@store: compose.put q, address
        compose.put q, stride
        compose.put q, pitch
        compose.put q, low
        compose.put q, high
        compose.put q, columns
        compose.put q, size
        fadd left, =-1
        jmp  @piece
@special:
        fadd address, =1
        jlt  address, @turned
        mov  v, size                   # a piece of one's own
@clear: jle  v, @cleared
        push =0
        fadd v, =-1
        jmp  @clear
@cleared:
        leas address, 0
        movi stride, 1
        mov  pitch, columns
        mov  low, address
        mov  high, address
        fadd high, size
        jmp  @store
@turned:                               # address is -1 - j
        movi u, -1
        fsub u, address
        compose.row u, u
        compose.take address, u
        compose.take pitch, u
        compose.take stride, u
        compose.take low, u
        ld   high, u
        jmp  @store

@pieces_done:
        mov  areas, compose.FRAME + 2
        mov  areas + 1, compose.FRAME + 3
        mov  areas + 2, compose.FRAME + 4
        mov  areas + 3, compose.FRAME + 5
        mov  areas + 4, compose.FRAME + 6
        mov  areas + 5, compose.FRAME + 7
        leas areas + 6, 0
        mov  areas + 7, table
        mov  v, mixed
        fmul v, largest
@temporary:
        jle  v, @temporaries_made
        push =0
        fadd v, =-1
        jmp  @temporary
@temporaries_made:
        leas temporaries, 0

# ---- Equation (3) ---------------------------------------------------------------------------------------------------
# n steps are the first half of them, then the second: the stack grows with log n.

        jlt  count, @counted
        compose.row p, count
        ld   p, p
        ld   rounds, p
        addi rounds, 0                 # an integer, or a fault
@counted:
        movi t, 0
        movi round, 0
        movi going, 1
        mov  n, rounds
        fmul n, steps
        jle  n, @end
        call @compose
@end:   return

@compose:
        mov  v, n
        fadd v, =-1
        jle  v, @mix
        mov  v, n
        fmul v, =0.5
        fadd v, =compose.HALVES
        fsub v, =compose.HALVES
        fsub n, v
        push n
        mov  n, v
        call @compose
        pop  n
        jle  going, @stopped
        jmp  @compose
@stopped:
        ret

# ---- Equation (4): one step -----------------------------------------------------------------------------------------

@mix:   mov  p, t
        fmul p, =2
        fadd p, guards
        compose.take v, p
        jlt  v, @run
        mov  q, v
        compose.row q, q
        ld   address, q
        ld   u, p
        jeq  u, @guard
        mov  p, q
        fadd p, =compose.PITCH
        call @move
@guard: ld   v, address
        jle  v, @run
        jmp  @next
@run:   mov  alpha_at, t
        fmul alpha_at, kinds
        fadd alpha_at, alphas
        mov  left, kinds
@weigh: compose.take alpha, alpha_at
        jeq  alpha, @unweighted
        mov  k, kinds
        fsub k, left
        mov  v, alpha
        fsub v, =1
        jeq  v, @whole
        jmp  @soft
@unweighted:
        fadd left, =-1
        jle  left, @next
        jmp  @weigh
@whole: call @term

@next:  fadd t, =1
        mov  v, t
        fsub v, steps
        jlt  v, @done
        movi t, 0
        fadd round, =1
        jlt  stop, @done
        compose.row p, stop
        ld   p, p
        ld   v, p
        jle  v, @stop
@done:  ret
@stop:  movi going, 0
        ret

# The area is pushed, each cell with a 0 above which the weighted sum grows: cell i at base - 1 - 2 i and base - 2 - 2 i.
@soft:  leas base, 0
        mov  area_at, areas_at
        movi areas_left, 4
@save_area:
        compose.take p, area_at
        compose.take high, area_at
        jmp  @save_more
@save_cell:
        ld   v, p
        push v
        push =0
        fadd p, =1
@save_more:
        mov  v, p
        fsub v, high
        jlt  v, @save_cell
        fadd areas_left, =-1
        jle  areas_left, @soft_term
        jmp  @save_area
@soft_term:
        call @term
        mov  q, base
        mov  area_at, areas_at
        movi areas_left, 4
@sum_area:
        compose.take p, area_at
        compose.take high, area_at
        jmp  @sum_more
@sum_cell:
        ld   v, p
        fmul v, alpha
        fadd q, =-1
        ld   u, q
        st   p, u                      # as it was before the term
        fadd q, =-1
        ld   u, q
        fadd u, v
        st   q, u
        fadd p, =1
@sum_more:
        mov  v, p
        fsub v, high
        jlt  v, @sum_cell
        fadd areas_left, =-1
        jle  areas_left, @soft_next
        jmp  @sum_area
@soft_next:
        fadd left, =-1
        jle  left, @sums
        compose.take alpha, alpha_at
        jeq  alpha, @soft_next
        mov  k, kinds
        fsub k, left
        jmp  @soft_term
@sums:  mov  area_at, areas_at         # the sums come off the stack, the last cell first
        fadd area_at, =8
        movi areas_left, 4
@write_area:
        fadd area_at, =-1
        ld   p, area_at
        fadd area_at, =-1
        ld   low, area_at
        jmp  @write_more
@write_cell:
        pop  v
        addsp 1
        fadd p, =-1
        st   p, v
@write_more:
        mov  v, low
        fsub v, p
        jlt  v, @write_cell
        fadd areas_left, =-1
        jle  areas_left, @next
        jmp  @write_area

# ---- Equation (5): one term -----------------------------------------------------------------------------------------
# The frame of the call is pushed slot by slot, the last first.

@term:  mov  p, blocks
        fadd p, k
        ld   block, p
        jeq  block, @done
        mov  p, block
        fadd p, =6
        compose.take inputs, p
        compose.take written, p
        compose.take number, p
        ld   v, p
        fadd written, inputs           # slots inputs .. written - 1 are outputs
        fadd number, written
        fadd number, v
        call @rows_of_weights
        fadd advance_at, number
        mov  v, number
        fmul v, pieces
        fadd row_at, v
        movi windows, 0
        movi windows + 1, 0
        movi windows + 2, 0
        movi windows + 3, 0
        movi windows + 4, 0
        movi windows + 5, 0
        movi spreads, 0
        mov  temporary, temporaries
        mov  s, number
@slot:  jle  s, @frame
        fadd s, =-1
        fadd advance_at, =-1
        fsub row_at, pieces
        mov  q, row_at
        mov  unseen, pieces
@find:  ld   weight, q
        jeq  weight, @other
        mov  v, weight
        fsub v, =1
        jeq  v, @found
        jmp  @blend
@other: fadd q, =1
        fadd unseen, =-1
        jle  unseen, @nothing
        jmp  @find
@nothing:                              # a row of zeros loads no pointer: to use it is an address fault
        push =0
        push =-1
        jmp  @slot
@found: compose.locate @move
        push stride
        push address
        mov  q, s
        fsub q, inputs
        jlt  q, @slot
        mov  v, s
        fsub v, written
        jlt  v, @output
        jmp  @slot
@output:
        fadd row, =compose.WINDOW
        compose.take low, row
        ld   high, row
        compose.inside areas, areas + 1, @allow
        compose.inside areas + 6, areas + 7, @allow
        compose.inside areas + 2, areas + 3, @allow
        compose.inside areas + 4, areas + 5, @allow
        movi compose.FRAME, 0          # no such area: the protected fault that the write would be
@allow: fmul q, =2
        fadd q, windows_at
        compose.put q, low
        st   q, high
        jmp  @slot

@frame: push windows + 5
        push windows + 4
        push windows + 3
        push windows + 2
        push windows + 1
        push windows
        exec block
        addsp 6
@drop:  jle  number, @dropped
        addsp 2
        fadd number, =-1
        jmp  @drop
@dropped:
        jeq  spreads, @done
        jmp  @spread

@move:                                 # address: on by u rows a round, of piece v, whose pitch is at p; backwards from
        fmul v, =4                     # its last row. Outside of the piece, an address fault.
        fadd v, =2
        fmul v, data.stride
        fadd v, data
        ld   v, v
        jlt  u, @backwards
        fmul u, round
        jmp  @moved
@backwards:
        fmul u, round
        fadd u, v
        fadd u, =-1
        jlt  u, @beyond
@moved: fsub v, u
        jle  v, @beyond
        ld   v, p
        fmul u, v
        fadd address, u
        ret
@beyond:
        movi v, -1
        ld   v, v

@rows_of_weights:                      # advance_at, row_at: the first slot of this term
        mov  v, alpha_at
        fsub v, alphas
        fadd v, =-1
        fmul v, slots
        mov  advance_at, advances
        fadd advance_at, v
        fmul v, pieces
        mov  row_at, weights
        fadd row_at, v
        ret

# ---- Rows of P that are not one-hot ---------------------------------------------------------------------------------
# The slot points to temporary cells with the mixture of the values pointed to. What an output then holds goes to each
# target in proportion: M[d] <- (1 - p) M[d] + p y.

@blend: compose.locate @move
        call @elements
        mov  low, temporary
        mov  left_in_row, size
@blank: jle  left_in_row, @blanked
        compose.put temporary, =0
        fadd left_in_row, =-1
        jmp  @blank
@blanked:
        jmp  @blend_this
@blend_piece:
        compose.take weight, q
        jeq  weight, @blend_next
        fadd q, =-1
        compose.locate @move
@blend_this:
        fadd q, =1
        mov  p, low
        mov  left_in_row, size
@blend_cell:
        jle  left_in_row, @blend_next
        ld   v, address
        fmul v, weight
        ld   u, p
        fadd u, v
        st   p, u
        fadd address, stride
        fadd p, =1
        fadd left_in_row, =-1
        jmp  @blend_cell
@blend_next:
        fadd unseen, =-1
        jle  unseen, @blended
        jmp  @blend_piece
@blended:
        push =1
        push low
        mov  q, s
        fsub q, inputs
        jlt  q, @slot
        mov  v, s
        fsub v, written
        jlt  v, @blended_output
        jmp  @slot
@blended_output:
        jeq  spreads, @first_spread
        jmp  @note_spread
@first_spread:
        movi spreads, 1
        movi spread, 0
        movi spread + 1, 0
        movi spread + 2, 0
@note_spread:
        mov  v, spread_at
        fadd v, q
        st   v, low
        mov  high, temporary
        jmp  @allow

@elements:                             # size: of what the slot gets: the piece, or one row where it moves on
        mov  v, row
        fadd v, =compose.COLUMNS
        ld   u, advance_at
        jeq  u, @all_rows
        ld   size, v
        ret
@all_rows:
        fadd v, =1
        ld   size, v
        ret

@spread:
        call @rows_of_weights
        mov  v, inputs
        fadd advance_at, v
        fmul v, pieces
        fadd row_at, v
        mov  area_at, spread_at
@spread_output:
        mov  v, inputs
        fsub v, written
        jlt  v, @spread_one
        ret
@spread_one:
        fadd inputs, =1
        compose.take low, area_at
        mov  q, row_at
        fadd row_at, pieces
        jeq  low, @spread_done
        mov  unseen, pieces
@spread_piece:
        compose.take weight, q
        jeq  weight, @spread_next
        compose.locate @move
        call @elements
        mov  p, low
        movi pitch, 1
        fsub pitch, weight
@spread_cell:
        jle  size, @spread_next
        ld   v, address
        fmul v, pitch
        ld   u, p
        fmul u, weight
        fadd v, u
        st   address, v
        fadd address, stride
        fadd p, =1
        fadd size, =-1
        jmp  @spread_cell
@spread_next:
        fadd unseen, =-1
        jle  unseen, @spread_done
        jmp  @spread_piece
@spread_done:
        fadd advance_at, =1
        jmp  @spread_output
.endskill
