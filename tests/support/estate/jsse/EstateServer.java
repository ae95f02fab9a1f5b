import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.Security;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** A TLS server of the JDK with everything on that JSSE still has: SSLv3, RC4, DES, EXPORT, NULL, anonymous. */
public final class EstateServer {
  private static final int THREADS = 32;
  private static final int BACKLOG = 1024;
  private static final int PATIENCE_MS = 10_000;
  private static final byte[] ANSWER =
      "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nestate\n".getBytes(StandardCharsets.US_ASCII);

  /** Arguments: a PKCS#12 file and its password. Prints "ready PORT". */
  public static void main(String[] arguments) throws Exception {
    // Before the first class of JSSE is loaded, or it is not seen.
    Security.setProperty("jdk.tls.disabledAlgorithms", "");
    Security.setProperty("jdk.tls.legacyAlgorithms", "");
    Security.setProperty("jdk.certpath.disabledAlgorithms", "");

    SSLServerSocket listener = listen(arguments[0], arguments[1].toCharArray());
    System.out.println("ready " + listener.getLocalPort());
    ExecutorService workers = Executors.newFixedThreadPool(THREADS);
    while (true) {
      SSLSocket client = (SSLSocket) listener.accept();
      workers.execute(() -> serve(client));
    }
  }

  private static SSLServerSocket listen(String file, char[] password) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream input = new FileInputStream(file)) {
      store.load(input, password);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
    keys.init(store, password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory()
        .createServerSocket(0, BACKLOG, InetAddress.getByName("127.0.0.1"));
    listener.setEnabledProtocols(listener.getSupportedProtocols());
    listener.setEnabledCipherSuites(listener.getSupportedCipherSuites());
    return listener;
  }

  private static void serve(SSLSocket client) {
    try (client) {
      client.setSoTimeout(PATIENCE_MS);
      client.startHandshake();
      client.getInputStream().read();
      OutputStream output = client.getOutputStream();
      output.write(ANSWER);
      output.flush();
    } catch (IOException | RuntimeException error) {
      // Scanners break off handshakes all the time; there is nobody to tell.
    }
  }
}
