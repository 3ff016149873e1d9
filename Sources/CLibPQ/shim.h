#pragma once
#include <postgresql/libpq-fe.h>

// libpq is opened at run time, by those only who use it. So nothing here is linked: these are the types of its
// functions, as the header declares them.
#define POSTERN_LIBPQ(function) typedef __typeof__(function) *postern_##function

POSTERN_LIBPQ(PQconnectdbParams);
POSTERN_LIBPQ(PQfinish);
POSTERN_LIBPQ(PQstatus);
POSTERN_LIBPQ(PQtransactionStatus);
POSTERN_LIBPQ(PQerrorMessage);
POSTERN_LIBPQ(PQsocket);
POSTERN_LIBPQ(PQsetNoticeReceiver);
POSTERN_LIBPQ(PQsendQuery);
POSTERN_LIBPQ(PQsendQueryParams);
POSTERN_LIBPQ(PQsendPrepare);
POSTERN_LIBPQ(PQsendDescribePrepared);
POSTERN_LIBPQ(PQsendQueryPrepared);
POSTERN_LIBPQ(PQenterPipelineMode);
POSTERN_LIBPQ(PQexitPipelineMode);
POSTERN_LIBPQ(PQpipelineSync);
POSTERN_LIBPQ(PQconsumeInput);
POSTERN_LIBPQ(PQisBusy);
POSTERN_LIBPQ(PQgetResult);
POSTERN_LIBPQ(PQresultStatus);
POSTERN_LIBPQ(PQresultErrorField);
POSTERN_LIBPQ(PQresultErrorMessage);
POSTERN_LIBPQ(PQntuples);
POSTERN_LIBPQ(PQnfields);
POSTERN_LIBPQ(PQfname);
POSTERN_LIBPQ(PQftype);
POSTERN_LIBPQ(PQnparams);
POSTERN_LIBPQ(PQparamtype);
POSTERN_LIBPQ(PQgetisnull);
POSTERN_LIBPQ(PQgetvalue);
POSTERN_LIBPQ(PQgetlength);
POSTERN_LIBPQ(PQcmdTuples);
POSTERN_LIBPQ(PQclear);
POSTERN_LIBPQ(PQconninfoParse);
POSTERN_LIBPQ(PQconninfoFree);
POSTERN_LIBPQ(PQfreemem);
POSTERN_LIBPQ(PQlibVersion);
POSTERN_LIBPQ(PQhost);
POSTERN_LIBPQ(PQport);

// Swift cannot use these macros.
static const int postern_PG_DIAG_SQLSTATE = PG_DIAG_SQLSTATE;
static const int postern_PG_DIAG_MESSAGE_PRIMARY = PG_DIAG_MESSAGE_PRIMARY;
static const int postern_PG_DIAG_MESSAGE_DETAIL = PG_DIAG_MESSAGE_DETAIL;
static const int postern_PG_DIAG_MESSAGE_HINT = PG_DIAG_MESSAGE_HINT;
static const int postern_PG_DIAG_TABLE_NAME = PG_DIAG_TABLE_NAME;
