<?php
// The bare query or insert, behind PHP-FPM: no session, no rights, no checks. DATABASE names the file.
$database = new PDO('sqlite:' . $_SERVER['DATABASE'], null, null, [PDO::ATTR_PERSISTENT => true]);
$database->exec('PRAGMA busy_timeout = 10000; PRAGMA synchronous = FULL');
header('Content-Type: application/json');
[$kind, $name] = array_slice(explode('/', strtok($_SERVER['REQUEST_URI'], '?')), 2);
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    [$local, $domain] = explode('@', $name);
    $hash = '{SSHA512}' . base64_encode(hash('sha512', $_POST['password'] . 'saltsalt', true) . 'saltsalt');
    $database->exec('BEGIN IMMEDIATE');
    $database->prepare(
        'INSERT INTO mailbox (username, domain, password, name, quota, storagebasedirectory, storagenode, maildir)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)'
    )->execute([
        $name, $domain, $hash, $_POST['name'], $_POST['quota'], '/var/vmail', 'vmail1', "$domain/n/e/w/$local/",
    ]);
    $database->prepare(
        'INSERT INTO forwardings (address, forwarding, domain, dest_domain, is_forwarding) VALUES (?, ?, ?, ?, 1)'
    )->execute([$name, $name, $domain, $domain]);
    $database->exec('COMMIT');
    echo '{"_success": true}';
} else {
    $column = $kind === 'user' ? 'username' : 'domain';
    $query = $database->prepare("SELECT * FROM mailbox WHERE $column = ?");
    $query->execute([$name]);
    $rows = $query->fetchAll(PDO::FETCH_ASSOC);
    echo json_encode(['_success' => true, '_data' => $kind === 'user' ? $rows[0] : $rows]);
}
