-- AlterTable
ALTER TABLE "flow_version" ADD COLUMN     "openapi" JSON;
