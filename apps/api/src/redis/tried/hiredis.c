/* What hiredis says of itself against a port: `hiredis <port> <prefix>`. It exits 1 at the first thing that is not as with Redis. */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int holds, const char *what, const redisReply *reply) {
  if (holds) return;
  fprintf(stderr, "%s: type %d, %s\n", what, reply ? reply->type : 0, reply && reply->str ? reply->str : "");
  exit(1);
}

static int is_text(const redisReply *reply, int type, const char *text, size_t length) {
  return reply && reply->type == type && (size_t)reply->len == length && memcmp(reply->str, text, length) == 0;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  const char *prefix = argv[2];
  redisContext *redis = redisConnect("127.0.0.1", atoi(argv[1]));
  if (redis == NULL || redis->err) return 1;

  redisReply *reply = redisCommand(redis, "SET %sa %b NX EX 100", prefix, "\0\xff", (size_t)2);
  must(is_text(reply, REDIS_REPLY_STATUS, "OK", 2), "SET NX EX", reply);
  freeReplyObject(reply);
  reply = redisCommand(redis, "SET %sa b NX", prefix);
  must(reply && reply->type == REDIS_REPLY_NIL, "SET NX of what is there", reply);
  freeReplyObject(reply);
  reply = redisCommand(redis, "MGET %sa %snone", prefix, prefix);
  must(reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2, "MGET", reply);
  must(is_text(reply->element[0], REDIS_REPLY_STRING, "\0\xff", 2), "MGET's first", reply->element[0]);
  must(reply->element[1]->type == REDIS_REPLY_NIL, "MGET's second", reply->element[1]);
  freeReplyObject(reply);

  /* Many commands in one write, and their answers in order. */
  for (int n = 1; n <= 1000; n++) redisAppendCommand(redis, "INCRBY %sb %d", prefix, 2);
  for (int n = 1; n <= 1000; n++) {
    must(redisGetReply(redis, (void **)&reply) == REDIS_OK, "a pipeline", NULL);
    must(reply->type == REDIS_REPLY_INTEGER && reply->integer == 2 * n, "INCRBY in a pipeline", reply);
    freeReplyObject(reply);
  }

  reply = redisCommand(redis, "HSET %sh field v", prefix);
  must(reply && reply->type == REDIS_REPLY_ERROR && strstr(reply->str, "only string values"), "HSET", reply);
  freeReplyObject(reply);
  reply = redisCommand(redis, "DEL %sa %sb", prefix, prefix);
  must(reply && reply->type == REDIS_REPLY_INTEGER && reply->integer == 2, "DEL", reply);
  freeReplyObject(reply);
  redisFree(redis);
  printf("hiredis %d.%d.%d\n", HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
  return 0;
}
