-- How many users came in each month.
SELECT date_trunc('month', created_at) AS month, count(*) AS users
FROM users
GROUP BY month
ORDER BY month;
