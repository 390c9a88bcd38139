import java.io.*;
import java.math.BigInteger;
import java.security.*;
import java.security.cert.X509Certificate;
import java.security.spec.*;
import java.util.*;
import javax.crypto.*;
import javax.crypto.spec.*;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.*;
import org.bouncycastle.cert.jcajce.*;
import org.bouncycastle.crypto.digests.*;
import org.bouncycastle.crypto.generators.*;
import org.bouncycastle.crypto.params.*;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.jcajce.*;
import org.bouncycastle.operator.jcajce.*;
import org.bouncycastle.util.encoders.Hex;

/** Bouncy Castle as a provider of the platform's API and by its own. */
public class DCrypto {
    public static void main(String[] a) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        byte[] text = "the quick brown fox".getBytes();
        for (String d : new String[] {"SHA3-256", "RIPEMD160", "Whirlpool", "GOST3411", "BLAKE2B-256", "Tiger", "SM3"})
            System.out.println(d + " " + Hex.toHexString(MessageDigest.getInstance(d, "BC").digest(text)));
        for (String c : new String[] {"AES/GCM/NoPadding", "Twofish/CBC/PKCS5Padding", "Serpent/CTR/NoPadding", "Camellia/ECB/PKCS7Padding", "ChaCha7539"}) {
            Cipher cipher = Cipher.getInstance(c, "BC");
            String name = c.split("/")[0];
            SecretKeySpec key = new SecretKeySpec(new byte[name.startsWith("ChaCha") ? 32 : 16], name);
            AlgorithmParameterSpec iv = c.contains("ECB") ? null : new IvParameterSpec(new byte[name.startsWith("ChaCha") || c.contains("GCM") ? 12 : 16]);
            cipher.init(Cipher.ENCRYPT_MODE, key, iv);
            byte[] hidden = cipher.doFinal(text);
            cipher.init(Cipher.DECRYPT_MODE, key, iv);
            System.out.println(c + " " + Hex.toHexString(hidden) + " " + Arrays.equals(text, cipher.doFinal(hidden)));
        }
        System.out.println(Hex.toHexString(SCrypt.generate("pw".getBytes(), "salt".getBytes(), 64, 8, 1, 24)));
        KeyPairGenerator g = KeyPairGenerator.getInstance("ECDSA", "BC");
        g.initialize(new ECGenParameterSpec("brainpoolP256r1"));
        KeyPair pair = g.generateKeyPair();
        Date from = new Date(1_600_000_000_000L), to = new Date(4_000_000_000_000L);
        X500Name name = new X500Name("CN=me, O=here");
        X509v3CertificateBuilder b = new X509v3CertificateBuilder(name, BigInteger.TEN, from, to, name, SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded()));
        X509Certificate cert = new JcaX509CertificateConverter().setProvider("BC").getCertificate(b.build(new JcaContentSignerBuilder("SHA256withECDSA").setProvider("BC").build(pair.getPrivate())));
        cert.verify(pair.getPublic(), "BC");
        System.out.println(cert.getSubjectX500Principal() + " " + cert.getSigAlgName());
        StringWriter w = new StringWriter();
        try (JcaPEMWriter p = new JcaPEMWriter(w)) { p.writeObject(cert); }
        System.out.println(w.toString().split("\n")[0] + " " + new org.bouncycastle.openssl.PEMParser(new StringReader(w.toString())).readObject().getClass().getSimpleName());
        Ed25519PrivateKeyParameters ed = new Ed25519PrivateKeyParameters(new byte[32], 0);
        System.out.println(Hex.toHexString(ed.generatePublicKey().getEncoded()));
        try { cert.verify(g.generateKeyPair().getPublic(), "BC"); } catch (SignatureException e) { System.out.println(e.getMessage()); }
    }
}
