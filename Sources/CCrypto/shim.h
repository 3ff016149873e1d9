#pragma once
/* MD5_Init and MD5_Update are the only way to the two states that CRAM-MD5 stores, and 3.0 calls them deprecated. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
