#ifndef HINOMI_BASE_WIDE_H_
#define HINOMI_BASE_WIDE_H_

/// In front of a function that works on several doubles side by side: it is compiled for AVX2, too,
/// and when the program starts it is found out which of the two the processor takes. Both do the
/// same operations on the same lanes, none of them fused, so that results have the same bits.
/// Sanitizers do not know functions that are chosen so.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define HN_ALSO_FOR_AVX2 __attribute__((target_clones("avx2", "default")))
#else
#define HN_ALSO_FOR_AVX2
#endif

#endif  // HINOMI_BASE_WIDE_H_
