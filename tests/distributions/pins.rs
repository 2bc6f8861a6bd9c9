//! The bits of a few values of every kind, as they were when the samplers were written.
//!
//! These numbers say nothing about what is right (the other tests do, from outside): they say that no platform,
//! compiler or release changes a last bit, on which every digest rests. A change on purpose prints its new table.

use super::{every_kind, sampler};

const WORDS: [u64; 5] =
    [3, 0x0123_4567_89AB_CDEF, 0x6789_ABCD_EF01_2345, 0xCDEF_0123_4567_89AB, 0xFFFF_FFFF_FFFF_0000];

/// One row for each of [`every_kind`], one column for each of [`WORDS`].
#[rustfmt::skip]
const BITS: [[u64; 5]; 14] = [
    [0x4004_0000_0000_0000, 0x4004_0000_0000_0000, 0x4004_0000_0000_0000, 0x4004_0000_0000_0000, 0x4004_0000_0000_0000],
    [0x3fd3_3333_3333_3333, 0x3fd4_90b9_af72_015d, 0x4001_ee40_2bb0_a692, 0x4010_a520_15d8_67c4, 0x4014_6666_6666_6653],
    [0x3c1c_0000_0000_0000, 0x3f82_3eb9_9135_4eab, 0x3ff0_9597_422f_444e, 0x400a_1bf7_3259_0472, 0x4050_a2b2_7f3b_bb73],
    [0x3f90_0193_1f10_a407, 0x4003_bada_ba32_6c05, 0x4030_7b4a_0c7c_89c0, 0x4043_dbb8_78ac_4f80, 0x40c3_c1a7_dd7b_7d50],
    [0x3649_7dca_e48c_3b2e, 0x3ec8_931b_55d3_cdb8, 0x3fcf_614d_fb7e_fd5d, 0x3fff_b04c_6652_9221, 0x4056_ce13_7045_ed23],
    [0x3f67_5e42_3626_90cd, 0x3fe2_048f_6ff8_d3f0, 0x3ffa_2cb1_8b64_f149, 0x4003_6a0c_75d2_d5c5, 0x4029_be5f_518f_7c33],
    [0x3a81_cb68_2355_caf3, 0x3f5c_ae70_bc59_7720, 0x3ff9_06a8_d909_c907, 0x4020_1a66_de42_d410, 0x4082_ad22_dff9_f08f],
    [0x3ff8_0000_0000_0000, 0x3ff8_0921_18d8_2559, 0x3ffc_8697_e1b0_1b7c, 0x4004_ac65_b903_1835, 0x40f8_0004_0001_554b],
    [0x3ff0_0000_0000_0000, 0x3ff0_0000_0000_0000, 0x4000_0000_0000_0000, 0x4024_0000_0000_0000, 0x4024_0000_0000_0000],
    [0x3fb9_9999_9999_999a, 0x3fc8_1062_4dd2_f1aa, 0x4020_374b_c6a7_c560, 0x4031_d6ca_5d4c_3b2a, 0x4058_ffff_ffff_ff39],
    [0x3fe6_6666_6666_6666, 0x3fe6_af61_4cab_3ba1, 0x3ffb_c8ca_7562_7781, 0x400f_b590_cbf2_9e0c, 0x4050_cf7f_4c08_8840],
    [0x4014_0000_0000_0000, 0x4014_c012_eaa7_8aa5, 0x4031_55a4_2c3d_d026, 0x4044_51fc_a1bf_4926, 0x4072_bfff_ffff_d4b0],
    [0x3c12_0000_0000_0000, 0x3f78_5844_9a04_bba6, 0x3fe8_cc24_904f_f97c, 0x401d_d242_806c_fa47, 0x4074_3d90_9514_ef4d],
    [0x3fe0_0000_0000_0000, 0x3fe0_36f5_b177_9b3d, 0x3ff7_00cd_fdba_c73d, 0x4023_a486_cf84_760a, 0x403d_ffff_ffff_feb4],
];

#[test]
fn bits_of_every_kind() {
    let found: Vec<[u64; 5]> = every_kind()
        .iter()
        .map(sampler)
        .map(|sampler| WORDS.map(|word| sampler.sample(word).to_bits()))
        .collect();
    assert!(found == BITS, "{found:#018x?}");
}
