import { redisServer } from '#test-support/redis.ts'
import { conformance } from './suite.ts'

conformance('Redis in front, one server', async () => {
  const server = await redisServer()
  return { redisUrl: server.url, close: server.close }
})
