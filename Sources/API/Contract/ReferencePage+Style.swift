extension ReferencePage {
    /// The style sheet. It is written without escapes, so it has no `<` and no `&`: HTML and XML read them differently.
    ///
    /// On a narrow screen the rows of a table become blocks, so that nothing is wider than the screen.
    static let style: StaticString = """
        :root{color-scheme:light dark;--page:#fbfbfa;--ink:#23272e;--soft:#5a636e;--line:#dfe2e6;--panel:#f2f3f4;\
        --link:#0a57a8;--get:#0a57a8;--post:#1d6b3a;--put:#8a4b00;--delete:#a8232b}
        @media screen and (prefers-color-scheme:dark){:root{--page:#15181c;--ink:#dde1e6;--soft:#a0a8b2;--line:#31363d;\
        --panel:#1d2126;--link:#8cbcf5;--get:#8cbcf5;--post:#85cf9b;--put:#e9b872;--delete:#f39a9a}}
        *{box-sizing:border-box}
        html{font:16px/1.55 system-ui,-apple-system,'Segoe UI',sans-serif;scroll-padding-top:1rem;\
        -webkit-text-size-adjust:100%;text-size-adjust:100%}
        body{margin:0;padding:0 2rem 6rem;background:var(--page);color:var(--ink);display:grid;\
        grid-template-columns:13rem minmax(0,54rem);column-gap:3.5rem;justify-content:center;overflow-wrap:anywhere}
        a{color:var(--link);text-underline-offset:.15em;text-decoration-thickness:1px}
        a:hover{text-decoration-thickness:2px}
        :focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:2px}
        .skip{position:absolute;left:-99rem;padding:.5rem 1rem;background:var(--page)}
        .skip:focus{left:1rem;top:1rem;z-index:1}
        header{grid-column:2;padding:3rem 0 0}
        main{grid-column:2;min-width:0}
        nav{grid-column:1;grid-row:1/span 2;position:sticky;top:0;align-self:start;max-height:100vh;overflow:auto;\
        padding:3.4rem .25rem 2rem;font-size:.9rem}
        nav ul{list-style:none;margin:0;padding:0}
        nav a{display:flex;justify-content:space-between;padding:.22rem .5rem;text-decoration:none;color:var(--ink);\
        border-radius:4px}
        nav a:hover{background:var(--panel);color:var(--link)}
        .count{color:var(--soft);font-variant-numeric:tabular-nums}
        h1,h2,h3{line-height:1.25;font-weight:650;letter-spacing:-.01em}
        h1{font-size:2rem;margin:0 0 .5rem}
        h2{font-size:1.5rem;margin:4.5rem 0 .75rem;padding-top:1.5rem;border-top:2px solid var(--ink)}
        h3{font-size:1.1rem;margin:2.25rem 0 .5rem}
        p{margin:.5rem 0;max-width:44rem}
        header p,h2+p{color:var(--soft)}
        code,pre{font-family:ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:.875em}
        pre{margin:.75rem 0;padding:.8rem 1rem;background:var(--panel);border-radius:6px;white-space:pre-wrap;\
        line-height:1.5;font-size:.85rem}
        pre code{font-size:inherit}
        var{font-style:normal;color:var(--soft)}
        #introduction h2{margin-top:2.25rem}
        #introduction~section>section{margin-top:3.5rem;padding-top:1.75rem;border-top:1px solid var(--line)}
        #introduction~section>section>h3{margin-top:0}
        section:target>h3{text-decoration:underline;text-decoration-thickness:2px;text-underline-offset:.35em}
        b{display:inline-block;min-width:5em;padding:.1em .45em;border:1px solid;border-radius:4px;\
        font:600 .72rem/1.4 ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;text-align:center;\
        vertical-align:.12em;letter-spacing:.03em}
        .get{color:var(--get)}.post{color:var(--post)}.put{color:var(--put)}.delete{color:var(--delete)}
        .mark{font:500 .75rem/1.3 system-ui,-apple-system,'Segoe UI',sans-serif;color:var(--soft);\
        border-bottom:1px dotted;letter-spacing:0;white-space:nowrap}
        .strong{color:var(--ink);font-weight:650;border:0}
        .index{list-style:none;margin:1.25rem 0 0;padding:0;font-size:.9rem}
        .index li{display:grid;grid-template-columns:minmax(0,30rem) minmax(0,1fr);column-gap:1.5rem;padding:.3rem 0;\
        border-bottom:1px solid var(--line)}
        .index a{text-decoration:none}
        .index a:hover code{text-decoration:underline}
        .index span:last-child{color:var(--soft)}
        dl{margin:1rem 0;font-size:.9rem}
        dl div{display:grid;grid-template-columns:6.5rem minmax(0,1fr);padding:.12rem 0}
        dt{color:var(--soft)}dd{margin:0}
        table{width:100%;border-collapse:collapse;margin:1.5rem 0 0}
        caption,figcaption{text-align:left;font-size:.9rem;font-weight:650;padding:0 0 .35rem}
        th,td{text-align:left;font-size:.9rem;vertical-align:top;font-weight:400;padding:.45rem 1rem .45rem 0;\
        border-top:1px solid var(--line)}
        th:last-child,td:last-child{padding-right:0}
        thead th{color:var(--soft);font-size:.8rem;padding-top:.2rem;padding-bottom:.2rem}
        .parameters th:first-child,.parameters th:nth-child(2){width:30%}
        .members th:first-child{width:42%}.members th:nth-child(2){width:20%}
        .parameters td:nth-child(2),.members td:nth-child(2){color:var(--soft)}
        .words th:first-child{width:42%}.words th:nth-child(2){width:8rem}
        small{display:block;color:var(--soft);font-size:.85rem}
        figure{margin:1.5rem 0 0}
        figure pre{margin:0}
        figure pre+pre{margin-top:2px;border-top-left-radius:0;border-top-right-radius:0}
        figure pre:not(:last-child){border-bottom-left-radius:0;border-bottom-right-radius:0}
        @media (max-width:60rem){body{display:block;padding:0 1rem 4rem}header{padding-top:2rem}
        nav{position:static;max-height:none;padding:1.25rem 0 0}nav ul{display:flex;flex-wrap:wrap;gap:.4rem}
        nav a{border:1px solid var(--line);gap:.4rem}
        main,header{max-width:54rem;margin:0 auto}}
        @media (max-width:40rem){h1{font-size:1.6rem}h2{margin-top:3rem}
        .index li,dl div{display:block}dt{font-size:.85rem}dl div{padding:.25rem 0}
        thead{position:absolute;clip-path:inset(50%);height:1px;width:1px;overflow:hidden}
        table,tbody{display:block}caption{display:block}
        tr{display:block;padding:.55rem 0;border-top:1px solid var(--line)}
        tbody th,tbody td{display:block;width:auto!important;padding:.05rem 0;border:0}
        .words tbody th,.words td:nth-child(2){display:inline-block;padding-right:.75rem}
        .words td:nth-child(2){color:var(--soft)}}
        @media print{body{display:block;padding:0;font-size:10pt;--page:#fff;--ink:#000;--soft:#444;--line:#bbb;--panel:#fff}
        nav,.skip{display:none}pre{border:1px solid var(--line)}a{color:inherit}
        h2,h3,caption,figcaption{break-after:avoid}tr,pre{break-inside:avoid}h2{break-before:page}}
        """
}
