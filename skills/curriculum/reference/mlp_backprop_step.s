.require real_matvec, rectify_all, real_vector_sub, rank_one_update, real_vecmat, pass_where_positive

.skill mlp_backprop_step # backpropagation; 16 units of a kind at most
    .input x, t, rate
    .output u1, u2
    .constant i, k, o
    .weight w1, w2
    .scratch hidden, 16, out, 16, error, 16, back, 16
        .invoke real_matvec, w1, x, hidden, k, i
        .invoke rectify_all, hidden, hidden, k
        .invoke real_matvec, w2, hidden, out, o, k
        .invoke real_vector_sub, t, out, error, o
        .invoke rank_one_update, w2, rate, error, hidden, u2, o, k
        .invoke real_vecmat, error, w2, back, o, k
        .invoke pass_where_positive, back, hidden, back, k
        .invoke rank_one_update, w1, rate, back, x, u1, k, i
.endskill
