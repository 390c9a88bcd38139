import io.netty.bootstrap.*;
import io.netty.buffer.*;
import io.netty.channel.*;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.*;
import io.netty.handler.codec.*;
import io.netty.handler.codec.http.*;
import io.netty.handler.codec.string.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.*;

/** Servers and clients on event loops: lines of text, then HTTP. */
public class DNetty {
    public static void main(String[] a) throws Exception {
        NioEventLoopGroup loops = new NioEventLoopGroup(2);
        Channel server = new ServerBootstrap().group(loops).channel(NioServerSocketChannel.class)
            .childHandler(new ChannelInitializer<SocketChannel>() {
                protected void initChannel(SocketChannel c) {
                    c.pipeline().addLast(new LineBasedFrameDecoder(1000), new StringDecoder(), new StringEncoder(),
                        new SimpleChannelInboundHandler<String>() {
                            protected void channelRead0(ChannelHandlerContext x, String s) {
                                x.writeAndFlush(new StringBuilder(s).reverse() + "\n");
                            }
                        });
                }
            }).bind("127.0.0.1", 0).sync().channel();
        int port = ((InetSocketAddress) server.localAddress()).getPort();
        BlockingQueue<String> answers = new LinkedBlockingQueue<>();
        Channel client = new Bootstrap().group(loops).channel(NioSocketChannel.class)
            .handler(new ChannelInitializer<SocketChannel>() {
                protected void initChannel(SocketChannel c) {
                    c.pipeline().addLast(new LineBasedFrameDecoder(1000), new StringDecoder(), new StringEncoder(),
                        new SimpleChannelInboundHandler<String>() {
                            protected void channelRead0(ChannelHandlerContext x, String s) { answers.add(s); }
                        });
                }
            }).connect("127.0.0.1", port).sync().channel();
        for (int i = 0; i < 200; i++) client.writeAndFlush("line " + i + "\n");
        int hash = 0;
        for (int i = 0; i < 200; i++) hash = hash * 31 + answers.poll(20, TimeUnit.SECONDS).hashCode();
        System.out.println(hash);
        client.close().sync();
        server.close().sync();
        Channel http = new ServerBootstrap().group(loops).channel(NioServerSocketChannel.class)
            .childHandler(new ChannelInitializer<SocketChannel>() {
                protected void initChannel(SocketChannel c) {
                    c.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(1 << 16), new HttpContentCompressor(),
                        new SimpleChannelInboundHandler<FullHttpRequest>() {
                            protected void channelRead0(ChannelHandlerContext x, FullHttpRequest r) {
                                ByteBuf body = Unpooled.copiedBuffer(r.method() + " " + r.uri(), StandardCharsets.UTF_8);
                                FullHttpResponse p = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
                                p.headers().set("Content-Length", body.readableBytes());
                                x.writeAndFlush(p);
                            }
                        });
                }
            }).bind("127.0.0.1", 0).sync().channel();
        URL url = new URL("http://127.0.0.1:" + ((InetSocketAddress) http.localAddress()).getPort() + "/a?b=c");
        System.out.println(new String(url.openStream().readAllBytes()));
        http.close().sync();
        ByteBuf pooled = PooledByteBufAllocator.DEFAULT.directBuffer(64);
        for (int i = 0; i < 100; i++) pooled.writeInt(i).writeShort(i);
        long sum = 0;
        while (pooled.isReadable()) sum += pooled.readInt() * (long) pooled.readShort();
        System.out.println(sum + " " + pooled.release() + " " + ByteBufUtil.hexDump(new byte[] {1, (byte) 0xfe}));
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        System.out.println(loops.isTerminated());
    }
}
