/*
 * A mutator for text that has a grammar: by tokens and lines, with words of the target's own, where
 * libFuzzer's own goes by bytes.
 */
#ifndef MUTATE_H
#define MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* WORDS end with NULL. As LLVMFuzzerCustomMutator: returns the new size. */
size_t mutate_text(uint8_t *data, size_t size, size_t max, unsigned seed,
                   const char *const words[]);

/* libFuzzer's. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

/* The whole input is such text. */
#ifdef FUZZ_PLAIN
#define MUTATE_TEXT(...)
#else
#define MUTATE_TEXT(...)                                                                           \
	size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)      \
	{                                                                                          \
		static const char *const words[] = { __VA_ARGS__, NULL };                          \
                                                                                                   \
		return mutate_text(data, size, max, seed, words);                                  \
	}
#endif

#endif
