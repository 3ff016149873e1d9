import CFastCGI
import Glibc

/// The initialisation of libfcgi.
enum ProtocolLibrary {
    struct Failure: Error, CustomStringConvertible {
        let code: Int32
        var description: String { "libfcgi cannot be initialised (\(code))" }
    }

    /// Initialises the library, once in the process. Afterwards SIGPIPE is ignored, so that a peer that goes away is
    /// only a failed write. All other signals are handled as before.
    static func initialise() throws(Failure) {
        guard outcome == 0 else { throw Failure(code: outcome) }
    }

    /// Puts back the handlers that `FCGX_Init` replaces (`OS_InstallSignalHandlers`): `Security.md` 1.
    private static let outcome: Int32 = {
        var all = sigset_t()
        var earlierMask = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &earlierMask)
        let signals = [SIGTERM, SIGUSR1, SIGHUP, SIGINT]
        let earlier = signals.map { number in
            var action = sigaction()
            sigaction(number, nil, &action)
            return action
        }
        let code = FCGX_Init()
        for (number, action) in zip(signals, earlier) {
            var action = action
            sigaction(number, &action, nil)
        }
        signal(SIGPIPE, SIG_IGN)
        pthread_sigmask(SIG_SETMASK, &earlierMask, nil)
        return code
    }()
}
