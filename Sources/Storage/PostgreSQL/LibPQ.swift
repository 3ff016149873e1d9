import CLibPQ
import Glibc

/// The client library of PostgreSQL, opened when it is first needed: who keeps to SQLite need not have it.
/// https://www.postgresql.org/docs/15/libpq.html
struct LibPQ: Sendable {
    let connect: postern_PQconnectdbParams
    let finish: postern_PQfinish
    let status: postern_PQstatus
    let transactionStatus: postern_PQtransactionStatus
    let errorMessage: postern_PQerrorMessage
    let socket: postern_PQsocket
    let setNoticeReceiver: postern_PQsetNoticeReceiver
    let sendQuery: postern_PQsendQuery
    let sendQueryParams: postern_PQsendQueryParams
    let sendPrepare: postern_PQsendPrepare
    let sendDescribePrepared: postern_PQsendDescribePrepared
    let sendQueryPrepared: postern_PQsendQueryPrepared
    let enterPipelineMode: postern_PQenterPipelineMode
    let exitPipelineMode: postern_PQexitPipelineMode
    let pipelineSync: postern_PQpipelineSync
    let consumeInput: postern_PQconsumeInput
    let isBusy: postern_PQisBusy
    let getResult: postern_PQgetResult
    let resultStatus: postern_PQresultStatus
    let resultErrorField: postern_PQresultErrorField
    let resultErrorMessage: postern_PQresultErrorMessage
    let ntuples: postern_PQntuples
    let nfields: postern_PQnfields
    let fname: postern_PQfname
    let ftype: postern_PQftype
    let nparams: postern_PQnparams
    let paramtype: postern_PQparamtype
    let getisnull: postern_PQgetisnull
    let getvalue: postern_PQgetvalue
    let getlength: postern_PQgetlength
    let cmdTuples: postern_PQcmdTuples
    let clear: postern_PQclear
    let conninfoParse: postern_PQconninfoParse
    let conninfoFree: postern_PQconninfoFree
    let freemem: postern_PQfreemem
    let libVersion: postern_PQlibVersion
    let host: postern_PQhost
    let port: postern_PQport

    private static let fileName = "libpq.so.5"

    /// The library; opened once. A failure says what to install.
    static let loaded = Result<LibPQ, PostgreSQLError> { () throws(PostgreSQLError) in try LibPQ() }

    private init() throws(PostgreSQLError) {
        guard let handle = dlopen(Self.fileName, RTLD_NOW | RTLD_LOCAL) else {
            throw PostgreSQLError(
                "PostgreSQL's client library \(Self.fileName) is missing; install it:  apt-get install libpq5")
        }
        func function<Function>(_ name: String) throws(PostgreSQLError) -> Function {
            guard let symbol = dlsym(handle, name) else {
                throw PostgreSQLError("\(Self.fileName) is too old: it has no \(name); version 14 or newer is needed")
            }
            return unsafeBitCast(symbol, to: Function.self)
        }
        connect = try function("PQconnectdbParams")
        finish = try function("PQfinish")
        status = try function("PQstatus")
        transactionStatus = try function("PQtransactionStatus")
        errorMessage = try function("PQerrorMessage")
        socket = try function("PQsocket")
        setNoticeReceiver = try function("PQsetNoticeReceiver")
        sendQuery = try function("PQsendQuery")
        sendQueryParams = try function("PQsendQueryParams")
        sendPrepare = try function("PQsendPrepare")
        sendDescribePrepared = try function("PQsendDescribePrepared")
        sendQueryPrepared = try function("PQsendQueryPrepared")
        enterPipelineMode = try function("PQenterPipelineMode")
        exitPipelineMode = try function("PQexitPipelineMode")
        pipelineSync = try function("PQpipelineSync")
        consumeInput = try function("PQconsumeInput")
        isBusy = try function("PQisBusy")
        getResult = try function("PQgetResult")
        resultStatus = try function("PQresultStatus")
        resultErrorField = try function("PQresultErrorField")
        resultErrorMessage = try function("PQresultErrorMessage")
        ntuples = try function("PQntuples")
        nfields = try function("PQnfields")
        fname = try function("PQfname")
        ftype = try function("PQftype")
        nparams = try function("PQnparams")
        paramtype = try function("PQparamtype")
        getisnull = try function("PQgetisnull")
        getvalue = try function("PQgetvalue")
        getlength = try function("PQgetlength")
        cmdTuples = try function("PQcmdTuples")
        clear = try function("PQclear")
        conninfoParse = try function("PQconninfoParse")
        conninfoFree = try function("PQconninfoFree")
        freemem = try function("PQfreemem")
        libVersion = try function("PQlibVersion")
        host = try function("PQhost")
        port = try function("PQport")
    }
}
