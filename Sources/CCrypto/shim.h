#pragma once
// Only MD5_Init and MD5_Update give the two states that CRAM-MD5 stores. OpenSSL 3.0 calls them deprecated.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
